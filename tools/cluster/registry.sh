# Two image registries on the host, and the images that every cluster has: pause and busybox. To be sourced.
#
# Port 5000 serves everyone; port 5001 wants user `tiny` with password `tiny-secret`. Both speak plain HTTP.

configure_registry() {
  local name=$1 port=$2
  mkdir -p "$data/$name"
  cat >"$data/$name.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $data/$name}, delete: {enabled: true}}
http: {addr: "$host_address:$port"}
END
}

configure_registries() {
  configure_registry registry 5000
  configure_registry registry-login 5001
  # The registry takes bcrypt alone, which perl has of the C library.
  perl -e 'print "tiny:", crypt("tiny-secret", q($2y$05$abcdefghijklmnopqrstuu)), "\n"' >"$data/htpasswd"
  printf 'auth: {htpasswd: {realm: tests, path: %s}}\n' "$data/htpasswd" >>"$data/registry-login.yml"
}

# A root file system of busybox alone, in both images. `pause` ends on TERM as the process with id 1 must do by itself. Debian's
# static busybox has a wget that crashes; `nc` speaks well enough.
push_images() {
  local work
  [ -e "$data/images-pushed" ] && return
  work=$(mktemp -d)
  mkdir -p "$work/root/bin" "$work/root/tmp" "$work/root/etc" "$work/root/root"
  chmod 1777 "$work/root/tmp"
  cp /bin/busybox "$work/root/bin/busybox"
  local applet
  for applet in $(/bin/busybox --list | grep -vx wget); do [ -e "$work/root/bin/$applet" ] || ln -s busybox "$work/root/bin/$applet"; done
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$work/root/etc/passwd"
  printf '#!/bin/sh\ntrap "exit 0" TERM INT\nwhile :; do sleep 86400 & wait $!; done\n' >"$work/root/pause"
  chmod 755 "$work/root/pause"
  umoci init --layout "$work/image"
  umoci new --image "$work/image:base"
  umoci insert --image "$work/image:base" "$work/root" / >/dev/null
  umoci config --image "$work/image:base" --tag pause --config.entrypoint /pause
  umoci config --image "$work/image:base" --tag busybox --config.cmd /bin/sh --config.env PATH=/bin
  skopeo copy --quiet --dest-tls-verify=false "oci:$work/image:pause" "docker://$host_address:5000/pause:1"
  skopeo copy --quiet --dest-tls-verify=false "oci:$work/image:busybox" "docker://$host_address:5000/busybox:1"
  skopeo copy --quiet --dest-tls-verify=false --dest-creds=tiny:tiny-secret "oci:$work/image:busybox" "docker://$host_address:5001/busybox:1"
  rm -rf "$work"
  touch "$data/images-pushed"
}
