# SPDX-License-Identifier: GPL-2.0
#
# From what gomalloc_bench prints to the rows of results.csv. Instructions are
# the least of the rounds, which no interrupt disturbed; nanoseconds the median.
#
# awk -f bench.awk -v rig=R -v kernel=K -v unit=instructions|ns LOG

/gomalloc_bench: case=/ {
	sub(/\r$/, "")
	sub(/.*gomalloc_bench: /, "")
	n = split($0, word, " ")
	for (i = 1; i <= n; i++) {
		split(word[i], pair, "=")
		value[pair[1]] = pair[2]
	}
	prefix = unit == "ns" ? "" : "least_"
	g = value[prefix "gomalloc"] / 1000
	k = value[prefix "kmalloc"] / 1000
	printf "%s,%s,%s,%d,%d,%s,%.1f,", rig, kernel, value["case"],
		value["size"], value["cpus"], unit, g
	if (k > 0)
		printf "%.1f,%.3f\n", k, g / k
	else
		printf ",\n"
}
