#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0
#
# The figures in build/bench/results.csv, and what is made of them.
#
# Usage: bench_results.sh clear RIG...   forget the rows of these
#        bench_results.sh report         print a table, write report.html
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

results=$BUILD/bench/results.csv
command=${1-}
shift || true
case $command in
clear)
	mkdir -p "$BUILD/bench"
	[[ -s $results ]] ||
		echo rig,kernel,case,size,cpus,unit,gomalloc,kmalloc,ratio >"$results"
	for rig in "$@"; do
		sed -i "/^$rig,/d" "$results"
	done
	;;
report)
	"$ROOT/scripts/bench_report.py" "$results" "$BUILD/bench/report.html"
	say "the figures are in $results, the plots in $BUILD/bench/report.html"
	;;
*) die "usage: bench_results.sh clear RIG... | report" ;;
esac
