# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
#
# As cls_flower, with arrays of actions out of its heap: what the kernel frees is caught.
#
# kernels: stock-6.1
# as: cls_flower.sh
# source: net/sched
# patch: cls_flower-caught.patch
# freed: fl_change
# packages: iproute2
# programs: tc ip
# modules: dummy veth
# under-test: cls_flower act_gact act_mirred sch_ingress
