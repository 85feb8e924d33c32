# SPDX-License-Identifier: GPL-2.0
#
# From what gomalloc_bench and gomalloc_memory print to the rows of results.csv. Instructions are
# the least of the rounds, which no interrupt disturbed; nanoseconds the median.
#
# awk -f bench.awk -v rig=R -v kernel=K -v unit=instructions|ns LOG

/gomalloc_(bench|memory): case=/ {
	sub(/\r$/, "")
	sub(/.*gomalloc_(bench|memory): /, "")
	delete value
	n = split($0, word, " ")
	for (i = 1; i <= n; i++) {
		split(word[i], pair, "=")
		value[pair[1]] = pair[2]
	}
	digits = value["unit"] == "bytes/byte" ? 3 : 1
	prefix = "least_gomalloc" in value && unit != "ns" ? "least_" : ""
	g = value[prefix "gomalloc"] / 1000
	k = value[prefix "kmalloc"] / 1000
	printf "%s,%s,%s,%d,%d,%s,%.*f,", rig, kernel, value["case"],
		value["size"], value["cpus"],
		value["unit"] ? value["unit"] : unit, digits, g
	if (k > 0)
		printf "%.*f,%.3f\n", digits, k, g / k
	else
		printf ",\n"
}
