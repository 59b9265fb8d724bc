"use strict";
(function () {
	const data = JSON.parse(document.getElementById("data").textContent);
	const at = (id) => d3.select("#" + id);
	const stamp = (t) => t === null ? "\u2013" : new Date(t * 1000).toISOString().slice(0, 19).replace("T", " ");
	const percent = (x) => (100 * x).toFixed(1) + " %";
	const rate = (x) => x === null ? "\u2013" : x < 1000 ? x.toFixed(2) : x.toFixed(0);
	const chain = (s) => s.frames.slice(0, s.responsible + 1).reverse().join(" < ");
	const hasClock = data.first !== null && data.stacks.some((s) => s.intervals && s.intervals.length);
	const compare = data.diff ? Compare(data) : null;
	const flame = Flame(at("flame"), compare ? compare.stacks : data.stacks, {
		colour: compare ? changeColour : kindColour(data.kinds), unit: compare ? compare.unit : "hits",
		label: compare && compare.label,
		tell: (text, node) => {
			at("detail").text(text);
			if (hasClock && !compare) { drawTimeline(at("timeline"), data, flame.through(node), stamp); }
		}});
	window.livedebugFlame = flame;

	function answer() {
		const m = data.modules[0];
		const parts = [m ? `${m.name}: ${m.count} of ${data.total} hits (${percent(m.share)})` : "no stack found",
			`${data.unique} unique stacks`];
		if (data.sought.length) { parts.unshift(data.sought.join(", ")); }
		if (data.first !== null) { parts.push(`${stamp(data.first)} to ${stamp(data.last)} UTC`); }
		if (data.gaps) { parts.push(`${data.gaps} gaps: there may have been more`); }
		if (data.samples.length) { parts.push(`a guard let only a part of the hits through: about ${Math.round(data.weight)} in truth`); }
		at("answer").text(parts.join("; "));
	}

	function search(text) {
		at("search").property("value", text);
		const got = flame.search(text);
		at("found").text(text === "" ? "" : compare ? `${got.frames} frames` : `${got.frames} frames, ${got.hits} hits, ${got.share}`);
	}

	/* Zoom to the stack's leaf and mark its responsible frame. */
	function showStack(s) {
		let node = s.leaf;
		for (let i = s.frames.length - 1; i > s.responsible; i--) { node = node.parent; }
		flame.zoom(node);
	}

	function table() {
		const titles = {module: "responsible module", function: "responsible function", stack: "stack", boot: "boot", hour: "hour"};
		at("h-table").text("By " + titles[data.by]);
		const cells = [["Hits", (m) => m.count], ["Share", (m) => percent(m.share)]];
		if (hasClock) { cells.push(["Per minute", (m) => rate(m.rate)]); }
		cells.push(["Unique stacks", (m) => m.unique]);
		if (hasClock) { cells.push(["First seen (UTC)", (m) => stamp(m.first)], ["Last seen (UTC)", (m) => stamp(m.last)]); }
		const head = at("ranking").select("thead").append("tr");
		["Name", ...cells.map((c) => c[0]), "Commonest stack"].forEach((t) => head.append("th").attr("scope", "col").text(t));
		const row = at("ranking").select("tbody").selectAll("tr").data(data.modules).enter().append("tr");
		row.append("td").append("button").attr("type", "button").attr("title", "find its frames").text((m) => m.name)
			.on("click", (m) => m.module ? search(m.module) : showStack(data.stacks[m.commonest]));
		cells.forEach((c) => row.append("td").text(c[1]));
		row.append("td").attr("class", "chain").append("button").attr("type", "button").attr("title", "show it below")
			.text((m) => `${m.commonest_count} by ${chain(data.stacks[m.commonest])}`)
			.on("click", (m) => showStack(data.stacks[m.commonest]));
	}

	function trend() {
		const growing = data.stacks.filter((s) => s.trend && s.trend.kind === "grows")
			.sort((a, b) => b.trend.to - b.trend.from - a.trend.to + a.trend.from);
		const words = (t) => `from ${rate(t.from)} to ${rate(t.to)} hits a minute`;
		if (!hasClock) {
			at("time").select("svg").remove();
			at("trend").text("The input has no clock: kd's own logs have none, livedebug's journals have.");
		} else if (!data.trend) {
			at("trend").text("Too few hits or too short a time to tell what grows.");
		} else if (!growing.length) {
			const steady = data.trend.kind === "steady", mean = rate((data.trend.from + data.trend.to) / 2);
			at("trend").text(`No single stack grows; all together: ${data.trend.kind}${steady ? ` at ${mean} hits a minute` : ", " + words(data.trend)}.`);
		} else {
			at("trend").text(`${growing.length} of ${data.unique} stacks grow: `);
			at("trend").selectAll("button").data(growing.slice(0, 5)).enter().append("button").attr("type", "button")
				.text((s) => `${s.top} ${words(s.trend)}`).on("click", showStack);
		}
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

	if (compare) {
		compare.show(at, {stamp, percent, rate, chain, showStack});
	} else {
		answer();
		table();
		trend();
	}
	flame.go(flame.root);
	at("theme").on("click", theme);
	at("direction").on("click", direction);
	at("reset").on("click", () => { search(""); flame.zoom(flame.root); });
	at("search").on("input", function () { search(this.value); });
	window.addEventListener("resize", () => flame.go(flame.here));
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
