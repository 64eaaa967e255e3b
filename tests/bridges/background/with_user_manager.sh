# Run the script in $1 under a `systemd --user` of its own: a real one, which believes that the system was booted with
# systemd, since this namespace says so. Ends with 77 where no manager can run.

# A manager moves whatever is in its control group, and that may be every process of a container, into a new group, where
# nothing gets the real-time priority that sound needs. So this script leaves the group of all others first, in the
# hierarchies that systemd goes by: its own and the unified one.
for line in $(grep -E '^[0-9]+:(name=systemd)?:' /proc/self/cgroup); do
    path=${line##*:}
    for mount in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
        grep -qx $$ "$mount$path/cgroup.procs" 2>/dev/null || continue
        group="${mount}${path%/}/ripieno-test-$$"
        mkdir "$group" && echo $$ >"$group/cgroup.procs" || exit 77
        groups="$groups $group"
    done
done
[ -n "$groups" ] || { echo "no control group can be made" >&2; exit 77; }

mount -t tmpfs tmpfs /run/systemd 2>/dev/null || { mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd; } || exit 77
mkdir -p /run/systemd/system
manager=$(ls /lib/systemd/systemd /usr/lib/systemd/systemd 2>/dev/null | head -n 1)
[ -n "$manager" ] || { echo "systemd is not there" >&2; exit 77; }
"$manager" --user >manager.log 2>&1 &
for _ in $(seq 100); do
    systemctl --user show-environment >/dev/null 2>&1 && break
    kill -0 $! 2>/dev/null || { echo "systemd --user ended" >&2; exit 77; }
    sleep 0.1
done
systemctl --user show-environment >/dev/null 2>&1 || { echo "systemd --user does not answer" >&2; exit 77; }
bash -c "$1"
result=$?
systemctl --user exit >/dev/null 2>&1
wait
for group in $groups; do
    echo $$ >"${group%/*}/cgroup.procs"
    find "$group" -depth -type d -exec rmdir {} +
done
exit $result
