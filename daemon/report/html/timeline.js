"use strict";
/* Hits per interval, of all stacks and, in front, of those that `stacks` names; gaps as dashed lines. */
function timelineSums(stacks) {
	const sums = new Map();
	stacks.forEach((s) => s.intervals.forEach(([t, n]) => sums.set(t, (sums.get(t) || 0) + n)));
	return sums;
}

function drawTimeline(svg, data, stacks, stamp) {
	const sums = timelineSums(data.stacks), some = timelineSums(stacks);
	const width = svg.node().getBoundingClientRect().width || 1000, height = 130, bottom = height - 24;
	const from = Math.min(...sums.keys()), to = Math.max(...sums.keys()) + data.interval;
	const x = d3.time.scale.utc().domain([from * 1000, to * 1000]).range([45, width - 10]);
	const y = d3.scale.linear().domain([0, Math.max(...sums.values())]).range([bottom, 6]);
	const bars = (name, values) => svg.selectAll("rect." + name).data([...values]).enter().append("rect")
		.attr("class", name).attr("x", (d) => x(d[0] * 1000)).attr("y", (d) => y(d[1]))
		.attr("height", (d) => y(0) - y(d[1]))
		.attr("width", (d) => Math.max(1, x((d[0] + data.interval) * 1000) - x(d[0] * 1000) - 0.5))
		.append("title").text((d) => `${stamp(d[0])}: ${d[1]} hits in ${data.interval} s`);
	svg.selectAll("*").remove();
	svg.attr("height", height).attr("viewBox", `0 0 ${width} ${height}`)
		.attr("aria-label", `${data.total} hits from ${stamp(data.first)} to ${stamp(data.last)} UTC`);
	bars("all", sums);
	if (stacks.length < data.stacks.length) {
		bars("some", some);
	}
	svg.append("g").attr("transform", `translate(0,${bottom})`)
		.call(d3.svg.axis().scale(x).ticks(8).tickSize(4)
			.tickFormat(d3.time.format.utc(to - from > 86400 ? "%m-%d %H:%M" : "%H:%M:%S")));
	svg.append("g").attr("transform", "translate(45,0)")
		.call(d3.svg.axis().scale(y).orient("left").ticks(4).tickSize(4));
	svg.selectAll("line.gap").data(data.gap_list.filter((g) => g.time >= from && g.time <= to)).enter().append("line")
		.attr("class", "gap").attr("x1", (g) => x(g.time * 1000)).attr("x2", (g) => x(g.time * 1000))
		.attr("y1", 4).attr("y2", bottom).append("title").text((g) => "gap: " + g.reason);
}
