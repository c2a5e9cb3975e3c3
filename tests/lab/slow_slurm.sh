#!/usr/bin/env bash
# A sweep on a real Slurm of one node: a 12-run array of which one task is cancelled and one requeued; the script is
# submitted again; the tables are those of `sweep run`. Skipped where Slurm is not installed or this is not root.
set -u
. "$(dirname "$0")/common.sh"
PATH=$PATH:/usr/sbin:/sbin
for program in slurmctld slurmd sbatch munged; do
    command -v $program >/dev/null || { echo "skipped: no $program (Debian: slurm-wlm, munge)"; exec echo '100%: Checks: 1, Failures: 0, Errors: 0'; }
done
[ "$(id -u)" = 0 ] || { echo "skipped: slurmd needs root"; exec echo '100%: Checks: 1, Failures: 0, Errors: 0'; }

# ---- a cluster in the scratch folder ----
S=$W/slurm H=$(hostname -s) U=$(id -un)
mkdir -p "$S/state" "$S/spool" "$S/munge"
chmod 700 "$S/munge"
dd if=/dev/urandom bs=1 count=1024 2>/dev/null >"$S/munge/key"
chmod 400 "$S/munge/key"
chmod 755 "$W" "$S"
munged --key-file="$S/munge/key" --socket="$S/munge.socket" --pid-file="$S/munge/pid" --log-file="$S/munge/log" \
    --seed-file="$S/munge/seed" --force 2>"$S/munge/err" || fail "munged: $(cat "$S/munge/err")"
C=$(nproc)
cat >"$S/slurm.conf" <<END
ClusterName=ropewalk
SlurmctldHost=$H
SlurmUser=$U
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$S/munge.socket
CryptoType=crypto/munge
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$S/state
SlurmdSpoolDir=$S/spool
SlurmctldPidFile=$S/slurmctld.pid
SlurmdPidFile=$S/slurmd.pid
SlurmctldLogFile=$S/slurmctld.log
SlurmdLogFile=$S/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=1,sched_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
JobRequeue=1
MpiDefault=none
NodeName=$H CPUs=$C RealMemory=4000 State=UNKNOWN
PartitionName=all Nodes=$H Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$S/slurm.conf
slurmctld -D >"$S/slurmctld.out" 2>&1 &
CTLD=$!
slurmd -D -N "$H" >"$S/slurmd.out" 2>&1 &
SLURMD=$!
trap 'scancel -u "$U" 2>/dev/null; kill $SLURMD $CTLD $(cat "$S/munge/pid") 2>/dev/null; sleep 1; rm -rf "$W"' EXIT
up=
for i in $(seq 60); do sinfo -h -o %T 2>/dev/null | grep -qE 'idle|mixed|alloc' && up=1 && break; sleep 1; done
[ -n "$up" ] || { fail "no node: $(sinfo 2>&1) $(tail -n 5 "$S"/slurm*.log "$S"/*.out)"; report; exit 1; }

# ---- the sweep: 12 runs ----
sed -i 's/tokens: 8k, length/tokens: 120k, length/' base.yaml
SEEDS=3 sweep cluster
SEEDS=3 sweep plain
status 0 "$R" sweep slurm cluster.yaml --cpus 1 --time 0:10:00 --warn 60
check 'a task for every run' has sweeps/cluster/slurm.sh '#SBATCH --array=0-11'
job=$(sbatch --parsable sweeps/cluster/slurm.sh)
check 'submitted' test -n "$job"
# requeue a task that runs, cancel one that waits
state() { squeue -h -r -j "$job" -o '%K %T'; }
running=
for i in $(seq 120); do running=$(state | awk '$2 == "RUNNING" { print $1; exit }'); [ -n "$running" ] && break; sleep 0.5; done
check 'a task runs' test -n "$running"
sleep 2
scontrol requeue "${job}_$running"
cancelled=$(state | awk '$2 == "PENDING" { print $1 }' | tail -n 1)
[ "$cancelled" != "$running" ] || cancelled=11
scancel "${job}_$cancelled"
# one that runs is told to save, as before its time limit
for i in $(seq 60); do told=$(state | awk -v r="$running" '$2 == "RUNNING" && $1 != r { print $1; exit }'); [ -n "$told" ] && break; sleep 0.5; done
sleep 1
[ -z "${told:-}" ] || scancel --signal=USR1 --batch "${job}_$told"
for i in $(seq 600); do [ -z "$(state)" ] && break; sleep 1; done
check 'the array ends' test -z "$(state)"
"$R" sweep status sweeps/cluster --json >out
left=$(grep '"state"' out | grep -vc complete)
check "one run is missing, the cancelled one (left: $left)" test "$left" -le 1
# the same script again does what is missing, and only that
before=$(starts cluster)
again=$(sbatch --parsable --wait sweeps/cluster/slurm.sh)
check 'all complete' finished cluster
check 'nothing is done twice' test "$(starts cluster)" -le $((before + 1))
check 'logs of tasks' test -e "sweeps/cluster/slurm/${again}_0.log"

status 0 "$R" sweep run sweeps/cluster
status 0 "$R" sweep run plain.yaml -j 2
check 'the same bytes as without Slurm' same plain cluster
check 'the same tables' same_tables plain cluster

# ---- the time limit itself: the signal before it saves the run, the task asks to be queued again and goes on ----
cat >limit.yaml <<END
base: base.yaml
parameters: {position: {value: rope}, stages: {value: [{tokens: 1G, length: 64}]}, checkpoint.every: {value: 64M}}
END
status 0 "$R" sweep slurm limit.yaml --cpus 1 --time 0:02:00 --warn 100
check 'limit: the signal is asked for' has sweeps/limit/slurm.sh '#SBATCH --signal=B:USR1@100'
job=$(sbatch --parsable sweeps/limit/slurm.sh)
ends() { grep -c '"event": *"end"' sweeps/limit/runs/*/attempts.jsonl 2>/dev/null; }
for i in $(seq 240); do [ "$(ends)" = 1 ] && break; sleep 1; done
check 'limit: saved by the signal' grep -q '"status": *"stopped"' sweeps/limit/runs/*/attempts.jsonl
# every 64M tokens would not have come yet: this checkpoint is that of the signal
check 'limit: a checkpoint' test "$(ls -d sweeps/limit/runs/*/checkpoints/*/ | wc -l)" -ge 1
for i in $(seq 300); do [ "$(starts limit)" = 2 ] && break; sleep 1; done
check 'limit: queued again, and begun' test "$(starts limit)" = 2
check 'limit: by Slurm' test "$(scontrol show job "${job}_0" | grep -o 'Restarts=[0-9]*')" = Restarts=1
for i in $(seq 60); do grep -q resumed sweeps/limit/runs/*/train.log && break; sleep 1; done
check 'limit: it goes on' grep -q resumed sweeps/limit/runs/*/train.log
scancel "$job"
report
