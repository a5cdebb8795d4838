#!/usr/bin/env bash
# start-radosgw.sh DIR [PORT]: a Ceph object gateway for tests, with one monitor and one store in memory,
# on the loopback interface alone. Prints its endpoint. User TESTKEY, secret TESTSECRET, no bucket. All it
# writes is below DIR. It runs until start-radosgw.sh --stop DIR.
set -euo pipefail

if [ "${1:-}" = --stop ]; then
  for file in "${2:?}"/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    # Nothing is worth an orderly end, which takes seconds: the store is memory.
    kill -9 "$pid" 2>/dev/null || true
    rm -f "$file"
  done
  exit 0
fi

mkdir -p "${1:?usage: start-radosgw.sh DIR [PORT]}"
dir=$(cd "$1" && pwd) port=${2:-7480}
cd "$dir"
mkdir -p log run mon osd
conf=$dir/ceph.conf
# The monitor's ports lie beside the gateway's, so that two gateways may run.
monitor="[v2:127.0.0.1:$((port + 1)),v1:127.0.0.1:$((port + 2))]"
cat >"$conf" <<CONF
[global]
fsid = $(cat /proc/sys/kernel/random/uuid)
mon host = $monitor
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
log file = $dir/log/\$name.log
admin socket = $dir/run/\$name.asok
run dir = $dir/run
crash dir = $dir/run
ms mon client mode = crc
ms client mode = crc
ms cluster mode = crc
ms service mode = crc
[mon]
mon data = $dir/mon/a
mon initial members = a
[osd]
osd data = $dir/osd/0
osd objectstore = memstore
memstore device bytes = 2147483648
osd class load list = *
osd class default list = *
[client]
# Without tcp_nodelay each answer waits 40 ms for the client's delayed acknowledgement.
rgw frontends = beast endpoint=127.0.0.1:$port tcp_nodelay=1
rgw enable usage log = false
CONF

# try N COMMAND...: until the command succeeds, N times at most.
try() {
  local left=$1
  shift
  until timeout 5 "$@" >/dev/null 2>&1; do
    ((left-- > 0)) || { echo "start-radosgw.sh: gave up: $*" >&2; return 1; }
    sleep 0.2
  done
}
# start NAME COMMAND...: in the background, with its process in NAME.pid.
start() {
  setsid "${@:2}" -c "$conf" -f >"log/$1.out" 2>&1 &
  echo $! >"$1.pid"
}

monmaptool --create --clobber --fsid "$(sed -n 's/^fsid = //p' "$conf")" --addv a "$monitor" monmap >/dev/null
ceph-mon --mkfs -i a --monmap monmap -c "$conf"
start mon ceph-mon -i a
try 50 ceph -c "$conf" -s
mkdir -p osd/0
uuid=$(cat /proc/sys/kernel/random/uuid)
id=$(ceph -c "$conf" osd new "$uuid")
ceph-osd -i "$id" --mkfs --osd-uuid "$uuid" -c "$conf" >log/osd-mkfs.out 2>&1
start osd ceph-osd -i "$id"
ceph -c "$conf" osd crush add-bucket localhost host >/dev/null 2>&1 || true
ceph -c "$conf" osd crush move localhost root=default >/dev/null 2>&1 || true
ceph -c "$conf" osd crush add "osd.$id" 1.0 host=localhost >/dev/null 2>&1 || true
try 50 bash -c "ceph -c '$conf' osd stat | grep -q '1 up'"
start radosgw radosgw -n client.rgw
try 300 curl -s -o /dev/null "http://127.0.0.1:$port/"
radosgw-admin -c "$conf" -n client.rgw user create --uid=test --display-name=test \
  --access-key=TESTKEY --secret-key=TESTSECRET >log/user.out 2>&1
echo "http://127.0.0.1:$port"
