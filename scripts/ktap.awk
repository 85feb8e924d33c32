# SPDX-License-Identifier: GPL-2.0
#
# Count the results in a log: lines "ok N name" and "not ok N name", behind
# whatever a kernel puts in front. A suite's own line, which follows its
# indented cases, is not counted; a plan that is not fulfilled counts as a
# failure. Prints PASSED FAILED SKIPPED.
#
# The kernel's own "kunit.py parse" is no substitute: it reads the first KTAP
# document of a log and no other, and the log of a guest has many.

{
	gsub(/\r/, "")
	sub(/^\[ *[0-9]+\.[0-9]+\] /, "")
	sub(/^gomalloc_[a-z]+: /, "")
}

/^ *1\.\.[0-9]+/ {
	indent = match($0, /[^ ]/)
	# A plan of suites is fulfilled by theirs
	if (open && seen == 0 && indent > plan_indent)
		open = 0
	close_plan()
	split($0, part, /\.\./)
	plan = part[2] + 0
	plan_indent = indent
	seen = 0
	open = 1
	next
}

/^ *(not )?ok [0-9]+ / {
	indent = match($0, /[^ ]/)
	if (!open || indent != plan_indent) {
		# The line of a suite behind its cases
		close_plan()
		next
	}
	seen++
	if ($0 ~ /# SKIP/)
		skipped++
	else if ($0 ~ /^ *ok/)
		passed++
	else
		failed++
}

function close_plan() {
	if (open && seen != plan) {
		failed += plan > seen ? plan - seen : 1
		print "plan of " plan " tests, " seen " results" > "/dev/stderr"
	}
	open = 0
}

END {
	close_plan()
	print passed + 0, failed + 0, skipped + 0
}
