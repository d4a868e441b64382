# Libvirt daemons of the test's own, as on other hosts: in a network namespace that only a pair of
# virtual cards leads to, each in a mount namespace with its own configuration, state and run folders,
# reached by qemu+tcp with SASL (DIGEST-MD5, which also encrypts).
# shellcheck shell=bash

# Whether they can be had here; else says what is missing.
hosts_missing() {
    local program
    [ "$(id -u)" = 0 ] || { echo root; return; }
    for program in libvirtd ip unshare prlimit saslpasswd2; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "$program"; return; }
    done
    ip netns add "truce-$$-try" 2>/dev/null && ip netns delete "truce-$$-try" ||
        echo 'the right to make a network namespace'
}

# hosts_start FOLDER: the network.
hosts_start() {
    PATH=$PATH:/usr/sbin
    hosts=$1 space=truce-$$ address=10.213.$(($$ % 250)).2
    ip netns add "$space" &&
        ip link add "truce$$" type veth peer name eth0 netns "$space" &&
        ip address add "${address%.2}.1/30" dev "truce$$" && ip link set "truce$$" up &&
        ip -n "$space" address add "$address/30" dev eth0 && ip -n "$space" link set eth0 up &&
        ip -n "$space" link set lo up || return 1
    mkdir -p "$hosts"
    head -c 12 /dev/urandom | base64 >"$hosts/password"
    printf '[credentials-lab]\nauthname=truce\npassword=%s\n\n[auth-libvirt-%s]\ncredentials=lab\n' \
        "$(cat "$hosts/password")" "$address" >"$hosts/auth.conf"
    chmod 600 "$hosts/auth.conf"
    export LIBVIRT_AUTH_FILE=$hosts/auth.conf
}

# hosts_daemon NAME PORT [COMMAND…]: starts a daemon, by way of a command; waits until it answers.
# What it keeps lies in $hosts/NAME. It has no KVM: emulation, wherever the test runs.
hosts_daemon() {
    local folder=$hosts/$1 port=$2
    shift 2
    mkdir -p "$folder"/{etc,sasl,lib,run,cache}
    : >"$folder/no-kvm" && chmod 0 "$folder/no-kvm"
    cat >"$folder/etc/libvirtd.conf" <<END
listen_tls = 0
listen_tcp = 1
listen_addr = "$address"
tcp_port = "$port"
auth_tcp = "sasl"
END
    cat >"$folder/etc/qemu.conf" <<END
stdio_handler = "file"
cgroup_controllers = []
namespaces = []
END
    printf 'mech_list: digest-md5\nsasldb_path: %s/passwd.db\n' "$folder" >"$folder/sasl/libvirt.conf"
    saslpasswd2 -p -f "$folder/passwd.db" -a libvirt -c truce <"$hosts/password"
    # shellcheck disable=SC2016
    ip netns exec "$space" unshare --mount --propagation private bash -c '
        folder=$1; shift
        mount --bind "$folder/etc" /etc/libvirt && mount --bind "$folder/sasl" /etc/sasl2 &&
        mount --bind "$folder/lib" /var/lib/libvirt && mount --bind "$folder/cache" /var/cache/libvirt &&
        mkdir -p /run/libvirt && mount --bind "$folder/run" /run/libvirt &&
        { [ ! -e /dev/kvm ] || mount --bind "$folder/no-kvm" /dev/kvm; } &&
        exec "$@" libvirtd --listen --pid-file "$folder/pid"' \
        bash "$folder" "$@" >"$folder/log" 2>&1 &
    for _ in $(seq 200); do
        virsh -q -c "qemu+tcp://$address:$port/system" version >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    sed 's/^/# /' "$folder/log"
    return 1
}

# Ends every daemon and removes the network; guests are their lab's own to end.
hosts_stop() {
    [ -n "${hosts-}" ] || return 0
    local pid
    for pid in "$hosts"/*/pid; do
        [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null
    done
    wait
    ip link delete "truce$$" 2>/dev/null
    ip netns delete "$space"
}
