# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0
# What the driver is tried with
echo 2000 >/sys/module/gauge/parameters/gauges
