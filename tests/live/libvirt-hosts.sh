# Libvirt daemons of the test's own, as on other hosts: in a network namespace that only a pair of
# virtual cards leads to, each in a mount namespace with its own configuration, state and run folders,
# reached by qemu+tcp with SASL (DIGEST-MD5, which also encrypts), by qemu+tls and by qemu+ssh.
# shellcheck shell=bash

# Whether they can be had here; else says what is missing.
hosts_missing() {
    local program
    [ "$(id -u)" = 0 ] || { echo root; return; }
    for program in libvirtd ip nsenter openssl prlimit saslpasswd2 sshd unshare virt-ssh-helper; do
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
    hosts_certificates >"$hosts/openssl.log" 2>&1
}

# An authority, a server and a client, in $hosts/pki; $hosts/nobody is a client of another authority.
hosts_certificates() {
    local kind folder
    for folder in "$hosts/pki" "$hosts/nobody"; do
        mkdir -p "$folder"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=truce -keyout "$folder/ca.key" \
            -addext keyUsage=critical,keyCertSign -out "$folder/cacert.pem" || return 1
        for kind in server client; do
            openssl req -newkey rsa:2048 -nodes -subj "/CN=$kind" -keyout "$folder/${kind}key.pem" \
                -out "$folder/$kind.csr" &&
                openssl x509 -req -in "$folder/$kind.csr" -days 2 -CA "$folder/cacert.pem" \
                    -CAkey "$folder/ca.key" -CAcreateserial -out "$folder/${kind}cert.pem" \
                    -extfile <(printf 'basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\n'
                        printf 'extendedKeyUsage=%sAuth\nsubjectAltName=IP:%s\n' "$kind" "$address") || return 1
        done
    done
    cat "$hosts/pki/cacert.pem" >>"$hosts/nobody/cacert.pem" # it believes the server, which does not believe it
}

# hosts_daemon NAME PORT [COMMAND…]: starts a daemon, by way of a command; waits until it answers. TLS is
# on the port 100 above. What it keeps lies in $hosts/NAME. It has no KVM: emulation, wherever the test runs.
hosts_daemon() {
    local folder=$hosts/$1 port=$2
    shift 2
    mkdir -p "$folder"/{etc,sasl,lib,run,cache}
    : >"$folder/no-kvm" && chmod 0 "$folder/no-kvm"
    cat >"$folder/etc/libvirtd.conf" <<END
listen_tls = 1
tls_port = "$((port + 100))"
ca_file = "$hosts/pki/cacert.pem"
cert_file = "$hosts/pki/servercert.pem"
key_file = "$hosts/pki/serverkey.pem"
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

# hosts_ssh NAME PORT: starts an SSH daemon where the libvirt daemon NAME is; $hosts/NAME/ssh is a client that
# it knows, $hosts/NAME/stranger one that it does not.
hosts_ssh() {
    local folder=$hosts/$1 port=$2 who
    for who in host ssh stranger; do
        ssh-keygen -q -t ed25519 -N '' -f "$folder/$who.key"
        printf '[%s]:%s %s\n' "$address" "$port" "$(cat "$folder/host.key.pub")" >"$folder/known"
        printf '#!/bin/sh\nexec ssh -F none -i %s.key -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=%s "$@"\n' \
            "$folder/$who" "$folder/known" >"$folder/$who"
        chmod 755 "$folder/$who"
    done
    cat >"$folder/sshd.conf" <<END
ListenAddress $address:$port
HostKey $folder/host.key
AuthorizedKeysFile $folder/ssh.key.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile $folder/ssh.pid
END
    [ -d /run/sshd ] || { mkdir /run/sshd && hosts_made=/run/sshd; }
    nsenter --mount --net --target "$(cat "$folder/pid")" "$(command -v sshd)" -f "$folder/sshd.conf" -E "$folder/ssh.log"
}

# Ends every daemon and removes the network; guests are their lab's own to end.
hosts_stop() {
    [ -n "${hosts-}" ] || return 0
    local pid
    for pid in "$hosts"/*/pid "$hosts"/*/ssh.pid; do
        [ -s "$pid" ] && kill "$(cat "$pid")" 2>/dev/null
    done
    wait
    [ -z "${hosts_made-}" ] || rmdir "$hosts_made"
    ip link delete "truce$$" 2>/dev/null
    ip netns delete "$space"
}
