"use strict";
/* Two logs: what is new, grown, less or gone. A stack's width is its rate or share in B, or, with B at 0 everywhere, in A. */
function Compare(data) {
	const perTime = data.per === "time", compare = {unit: perTime ? "hits a minute" : "percent of the hits"};
	const change = {new: 1, gone: -1, same: 0};
	compare.stacks = data.stacks.map((s) => Object.assign(s, {count: s.norm_b || s.norm_a,
		change: s.kind in change ? change[s.kind] : Math.max(-1, Math.min(1, Math.log2(s.norm_b / s.norm_a)))}));
	compare.label = (n) => n.rest ? n.name : `${n.name}: ${n.a.toPrecision(3)} in A, ${n.b.toPrecision(3)} in B ${compare.unit}`;
	compare.show = (at, tools) => {
		const number = (x) => perTime ? tools.rate(x) : x.toFixed(1) + " %", count = d3.map();
		data.rows.forEach((r) => count.set(r.kind, (count.get(r.kind) || 0) + 1));
		const words = ["new", "grown", "same", "less", "gone"].map((k) => `${count.get(k) || 0} ${k}`);
		const side = (name, s) => `${name}: ${s.logs.join(", ")}, ${s.total} hits, ${s.unique} unique stacks`;
		document.title = "livedebug comparison";
		d3.select("h1").text("What has changed");
		at("answer").text(`${words.join(", ")}. ${side("A", data.a)}; ${side("B", data.b)}; compared by ${compare.unit}.`);
		at("h-table").text(`Changes by ${data.by}`);
		at("h-flame").text("Stacks: red has become more, blue less; gone ones are as wide as they were");
		at("time").remove();
		const head = at("ranking").select("thead").append("tr");
		["Name", "Change", "A", "B", "Hits in A", "Hits in B", "Stack"].forEach((t) => head.append("th").attr("scope", "col").text(t));
		const row = at("ranking").select("tbody").selectAll("tr").data(data.rows).enter().append("tr").attr("class", (r) => r.kind);
		row.append("td").text((r) => r.name);
		const factor = (r) => r.kind === "new" || r.kind === "gone" ? r.kind : `${r.kind}, \u00d7 ${(r.norm_b / r.norm_a).toFixed(2)}`;
		[factor, (r) => number(r.norm_a), (r) => number(r.norm_b), (r) => r.a, (r) => r.b].forEach((c) => row.append("td").text(c));
		row.append("td").attr("class", "chain").append("button").attr("type", "button").attr("title", "show it below")
			.text((r) => tools.chain(data.stacks[r.commonest])).on("click", (r) => tools.showStack(data.stacks[r.commonest]));
	};
	return compare;
}
