#!/bin/bash
# The quickstart from nothing to a guest's answer, and back: demo.sh up|down
#
# The engine runs on its own folder ($KUBEVIRT_HOME, else ~/.kubevirt), as it would for any user; what the demo adds to
# that is removed again by `down`. The stack's state and Pulumi's home are in .demo in this checkout.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
demo=$root/.demo
example=$root/examples/quickstart
virtctl=$root/dist/bin/virtctl
home=${KUBEVIRT_HOME:-$HOME/.kubevirt}

say() { printf '==> %s\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

export PULUMI_HOME=$demo/pulumi PULUMI_BACKEND_URL=file://$demo/state PULUMI_SKIP_UPDATE_CHECK=true
# The demo's own, whatever the passphrase of the stacks that this shell works on.
export PULUMI_CONFIG_PASSPHRASE=quickstart
unset PULUMI_CONFIG_PASSPHRASE_FILE
export KUBECONFIG=$home/kubeconfig
stack() { pulumi --cwd "$example" --non-interactive "$@"; }

up() {
  local started=$SECONDS
  tools/install.sh node libvirt guest pulumi
  PATH=$(tools/path.sh)
  export PATH
  mkdir -p "$demo/state"
  tools/services.sh start "$demo"

  say "compiling (a few seconds when something changed)"
  make --no-print-directory --silent build
  install_example
  local image
  image=$(test/fixtures/guest/ensure.sh)

  [ -e "$home" ] || touch "$demo/made-engine-folder"
  say "starting the engine"
  if ! "$virtctl" local status >/dev/null 2>&1; then
    "$virtctl" local start ${KUBEVIRT_PORT:+--port "$KUBEVIRT_PORT"}
    touch "$demo/started-engine"
  fi
  if ! claim_is_bound; then
    say "importing the guest's image as claim tiny"
    "$virtctl" image import "$image" --name tiny
    touch "$demo/made-claim"
  fi

  say "pulumi up on examples/quickstart (about 10 seconds; the guest then boots in about 10 more)"
  stack stack select demo >/dev/null 2>&1 || stack stack init demo >/dev/null
  stack up --yes --skip-preview
  printf '\n'
  say "the stack's outputs"
  stack stack output
  local ip
  ip=$(stack stack output ip)
  say "asking the guest at $ip, port 80 (it may still be booting)"
  printf '    %s\n' "$(ask "$ip" 120)"
  cat <<END

==> done in $((SECONDS - started)) s. Try:
    export KUBECONFIG=$KUBECONFIG
    kubectl get vms$(command -v kubectl >/dev/null || echo '          # kubectl is not installed here; `make tools` builds it')
    kubectl describe vm web
    virsh --connect qemu:///system console default_web      # a shell in the guest; leave with Ctrl-]
    $virtctl local status
    make demo-down
END
}

# The package as npm would publish it, in the example's node_modules; again only when it changed.
install_example() {
  local stamp=$example/node_modules/.installed
  [ "$stamp" -nt dist/.built ] && [ "$stamp" -nt "$example/package.json" ] && return
  say "installing the example's packages (about 15 seconds)"
  (cd "$example" && rm -rf node_modules/pulumi-kubevirt && npm install --silent --no-audit --no-fund)
  touch "$stamp"
}

claim_is_bound() {
  "$virtctl" image list 2>/dev/null | awk '$1 == "default" && $2 == "tiny" && $3 == "Bound" { found = 1 } END { exit !found }'
}

# Reads the one line that the guest sends on port 80; gives up after $2 seconds.
ask() {
  node -e '
    const net = require("node:net");
    const [host, seconds] = process.argv.slice(1);
    const deadline = Date.now() + Number(seconds) * 1000;
    const attempt = () => {
      let answer = "";
      const socket = net.connect({ host, port: 80 });
      socket.setTimeout(3000, () => socket.destroy());
      socket.on("data", (chunk) => { answer += chunk; });
      socket.on("error", () => {});
      socket.on("close", () => {
        if (answer.trim() !== "") console.log(answer.trim());
        else if (Date.now() < deadline) setTimeout(attempt, 200);
        else { console.error(`error: nothing answers at ${host} port 80 after ${seconds} s; see: kubectl describe vm web, or begin again: make demo-down`); process.exit(1); }
      });
    };
    attempt();' "$1" "$2"
}

down() {
  PATH=$(tools/path.sh)
  export PATH
  if [ -d "$demo/state/.pulumi" ] && stack stack select demo >/dev/null 2>&1; then
    if [ -x "$virtctl" ] && ! "$virtctl" local status >/dev/null 2>&1 && [ -e "$home/store.db" ]; then "$virtctl" local start; fi
    say "pulumi destroy"
    stack destroy --yes --skip-preview
    stack stack rm --yes demo >/dev/null
  fi
  rm -f "$example/Pulumi.demo.yaml"
  if [ -e "$demo/made-claim" ] && [ -x "$virtctl" ] && "$virtctl" local status >/dev/null 2>&1; then "$virtctl" image remove --name tiny; fi
  if [ -e "$demo/made-engine-folder" ]; then
    say "removing the engine and its folder $home"
    "$virtctl" local delete
  elif [ -e "$demo/started-engine" ]; then
    "$virtctl" local stop
  fi
  tools/services.sh stop "$demo"
  rm -rf "$demo"
  say "nothing of the demo is left"
}

case ${1:-} in
  up) up ;;
  down) down ;;
  *) fail "usage: demo.sh up|down" ;;
esac
