#!/bin/sh
# A sweep on a Slurm cluster of this machine alone: munged, slurmctld and slurmd with a configuration and
# folders of their own, a job array of three points of which one fails, and the same command again.
#
#   sweep-slurm.sh CHRYSALIS_MAIN_JS
#
# Exit code 77: skipped, because Slurm is not installed or its daemons cannot run here (they need root).
set -u
main=$1
for program in munged slurmctld slurmd sbatch squeue; do
  PATH=$PATH:/usr/sbin command -v $program > /dev/null || { echo "skipped: no $program"; exit 77; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: not root"; exit 77; }
PATH=$PATH:/usr/sbin

root=$(mktemp -d)
chmod 755 "$root"
daemons=
stop() {
  for pid in $daemons; do kill "$pid" 2> /dev/null; done
  wait
  rm -rf "$root"
}
trap stop EXIT

# munge wants folders that nobody else can write to.
mkdir -p "$root/munge" "$root/state" "$root/spool"
chown munge: "$root/munge"
chmod 755 "$root/munge"
dd if=/dev/urandom of="$root/munge/key" bs=1024 count=1 2> /dev/null
chown munge: "$root/munge/key"
chmod 400 "$root/munge/key"
setpriv --reuid=munge --regid=munge --clear-groups munged --foreground --force \
  --key-file="$root/munge/key" --socket="$root/munge/socket" --pid-file="$root/munge/pid" \
  --log-file="$root/munge/log" --seed-file="$root/munge/seed" > "$root/munged.out" 2>&1 &
daemons="$daemons $!"

host=$(hostname -s)
cat > "$root/slurm.conf" << END
ClusterName=test
SlurmctldHost=$host
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$root/munge/socket
CredType=cred/munge
StateSaveLocation=$root/state
SlurmdSpoolDir=$root/spool
SlurmctldPidFile=$root/slurmctld.pid
SlurmdPidFile=$root/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerParameters=sched_interval=1
ReturnToService=2
MpiDefault=none
NodeName=$host CPUs=$(nproc) State=UNKNOWN
PartitionName=test Nodes=$host Default=YES State=UP
END
export SLURM_CONF="$root/slurm.conf"
slurmctld -D > "$root/slurmctld.out" 2>&1 &
daemons="$daemons $!"
slurmd -D > "$root/slurmd.out" 2>&1 &
daemons="$daemons $!"

tries=0
until sinfo --noheader --format=%T 2> /dev/null | grep -q idle; do
  tries=$((tries + 1))
  if [ $tries -gt 60 ]; then
    echo "skipped: the daemons do not come up"
    tail -5 "$root"/*.out "$root/munge/log" 2> /dev/null
    exit 77
  fi
  sleep 0.5
done

cat > "$root/sweep.yaml" << END
name: cluster
set: {run.maxInstructions: 100000}
workloads: [{name: sieve, set: {boot.append: 'quiet script="sieve 20000; exit 0"'}}]
axes:
  machine:
    plain: {}
    missing: {set: {boot.kernel: no-such-kernel}}
    narrow: {with: slots-2}
END
cd "$root" || exit 1
fail() { echo "$1"; cat "$root/first.err" "$root/second.err" "$root"/runs/cluster/slurm/*.txt 2> /dev/null; exit 1; }

node "$main" sweep sweep.yaml --on slurm --slurm-option --time=10 > first.out 2> first.err
[ $? = 8 ] || fail "the sweep should have ended with 8"
grep -q "submitted job [0-9]*: 3 tasks" first.err || fail "no job was submitted"
grep -q "missing sieve: failed (exit code 4): .*no-such-kernel" first.err || fail "the failing point is not told"
[ "$(grep -c ,done, runs/cluster/results.csv)" = 2 ] || fail "two points should be done"

node "$main" sweep sweep.yaml --on slurm > second.out 2> second.err
[ "$(grep -c 'there already' second.err)" = 2 ] || fail "finished points should not run again"
grep -q "submitted job [0-9]*: 1 tasks" second.err || fail "the failed point should run again"
echo "a sweep on Slurm: submitted, awaited, resumed"
