#!/bin/busybox sh
# First process of the Debian guest: shows where it runs, runs the checks, then gives a shell on
# the serial line, or powers off when the kernel command line has chrysalis.poweroff.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root TERM=vt100 PS1='# '
cd /root

echo "kernel: $(uname -s -r -v -m)"
dmesg | grep -i -e transmeta -e 'code morphing'
head -n 26 /proc/cpuinfo
sh /checks.sh
echo '=== done ==='

case " $(cat /proc/cmdline) " in
*' chrysalis.poweroff '*) poweroff -f ;;
esac

# A session of its own makes ttyS0 the controlling terminal, so that ctrl-c works in the shell.
setsid sh -c 'exec sh -i < /dev/ttyS0 > /dev/ttyS0 2>&1'
poweroff -f
