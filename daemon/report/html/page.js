"use strict";
(function () {
	const data = JSON.parse(document.getElementById("data").textContent);
	const at = (id) => d3.select("#" + id);
	const stamp = (t) => t === null ? "\u2013" : new Date(t * 1000).toISOString().slice(0, 19).replace("T", " ");
	const percent = (x) => (100 * x).toFixed(1) + " %";
	const flame = Flame(at("flame"), data.stacks, (text) => at("detail").text(text));
	window.livedebugFlame = flame;

	function answer() {
		const m = data.modules[0];
		const parts = [m ? `${m.module}: ${m.count} of ${data.total} hits (${percent(m.share)})` : "no stack found",
			`${data.unique} unique stacks`];
		if (data.sought.length) { parts.unshift(data.sought.join(", ")); }
		if (data.first !== null) { parts.push(`${stamp(data.first)} to ${stamp(data.last)} UTC`); }
		if (data.gaps) { parts.push(`${data.gaps} gaps: there may have been more`); }
		if (data.samples.length) { parts.push("a guard let only a part of the hits through"); }
		at("answer").text(parts.join("; "));
	}

	function search(text) {
		at("search").property("value", text);
		const got = flame.search(text);
		at("found").text(text === "" ? "" : `${got.frames} frames, ${got.hits} hits, ${got.share}`);
	}

	function table() {
		const row = at("ranking").select("tbody").selectAll("tr").data(data.modules).enter().append("tr");
		row.append("td").append("button").attr("type", "button").attr("title", "find its frames")
			.text((m) => m.module).on("click", (m) => search(m.module));
		for (const cell of [(m) => m.count, (m) => percent(m.share), (m) => m.unique, (m) => stamp(m.first),
			(m) => stamp(m.last)]) {
			row.append("td").text(cell);
		}
	}

	function timeline() {
		const sums = new Map();
		data.stacks.forEach((s) => s.intervals.forEach(([t, n]) => sums.set(t, (sums.get(t) || 0) + n)));
		if (data.first === null || !sums.size) {
			at("time").select("svg").remove();
			at("time").append("p").text("The input has no clock: kd's own logs have none, livedebug's journals have.");
			return;
		}
		const svg = at("timeline"), width = svg.node().getBoundingClientRect().width || 1000, height = 130;
		const from = Math.min(...sums.keys()), to = Math.max(...sums.keys()) + data.interval;
		const x = d3.time.scale.utc().domain([from * 1000, to * 1000]).range([45, width - 10]);
		const y = d3.scale.linear().domain([0, Math.max(...sums.values())]).range([height - 24, 6]);
		svg.selectAll("*").remove();
		svg.attr("height", height).attr("viewBox", `0 0 ${width} ${height}`)
			.attr("aria-label", `${data.total} hits from ${stamp(data.first)} to ${stamp(data.last)} UTC`);
		svg.selectAll("rect").data([...sums]).enter().append("rect").attr("x", (d) => x(d[0] * 1000))
			.attr("y", (d) => y(d[1])).attr("height", (d) => y(0) - y(d[1]))
			.attr("width", (d) => Math.max(1, x((d[0] + data.interval) * 1000) - x(d[0] * 1000) - 0.5))
			.append("title").text((d) => `${stamp(d[0])}: ${d[1]} hits in ${data.interval} s`);
		svg.append("g").attr("transform", `translate(0,${height - 24})`)
			.call(d3.svg.axis().scale(x).ticks(8).tickSize(4)
				.tickFormat(d3.time.format.utc(to - from > 86400 ? "%m-%d %H:%M" : "%H:%M:%S")));
		svg.append("g").attr("transform", "translate(45,0)")
			.call(d3.svg.axis().scale(y).orient("left").ticks(4).tickSize(4));
		svg.selectAll("line.gap").data(data.gap_list.filter((g) => g.time >= from && g.time <= to)).enter().append("line")
			.attr("class", "gap").attr("x1", (g) => x(g.time * 1000)).attr("x2", (g) => x(g.time * 1000))
			.attr("y1", 4).attr("y2", height - 24).append("title").text((g) => "gap: " + g.reason);
	}

	function theme() {
		const root = document.documentElement, given = root.dataset.theme;
		const dark = given ? given === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
		root.dataset.theme = dark ? "light" : "dark";
	}
	function direction() {
		flame.icicle = !flame.icicle;
		flame.draw();
	}

	answer();
	table();
	timeline();
	flame.draw();
	at("theme").on("click", theme);
	at("direction").on("click", direction);
	at("reset").on("click", () => { search(""); flame.zoom(flame.root); });
	at("search").on("input", function () { search(this.value); });
	window.addEventListener("resize", () => { timeline(); flame.draw(); });
	document.addEventListener("keydown", (e) => {
		if (e.ctrlKey || e.altKey || e.metaKey) { return; }
		if (e.target.tagName === "INPUT") {
			if (e.key === "Escape") { search(""); e.target.blur(); }
		} else if (e.key === "/") {
			e.preventDefault();
			document.getElementById("search").focus();
		} else if (e.key === "i") {
			direction();
		} else if (e.key === "t") {
			theme();
		} else if ((e.target.id === "flame" || e.key === "Escape") && flame.key(e.key)) {
			e.preventDefault();
		}
	});
})();
