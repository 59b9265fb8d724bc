"use strict";
/* The flame graph: a tree of all stacks, of which only frames wide enough to see are drawn. A stack has `count`, its
   width, and in a comparison `change`: 1 twice as much as before and more, -1 half and less, 0 the same. */
function flameTree(stacks) {
	const root = {name: "all", value: 0, change: 0, a: 0, b: 0, depth: 0, parent: null, map: new Map()};
	for (const s of stacks) {
		let node = root;
		const count = (n) => {
			n.value += s.count;
			n.change += (s.change || 0) * s.count;
			n.a += s.norm_a || 0;
			n.b += s.norm_b || 0;
		};
		count(root);
		for (const name of s.frames) {
			let child = node.map.get(name);
			if (!child) {
				child = {name, value: 0, change: 0, a: 0, b: 0, depth: node.depth + 1, parent: node, map: new Map()};
				node.map.set(name, child);
			}
			count(child);
			node = child;
		}
		s.leaf = node;
	}
	const nodes = [];
	const place = (node, x) => {
		node.x = x;
		node.id = "f" + nodes.length;
		nodes.push(node);
		node.children = [...node.map.values()].sort((a, b) => b.value - a.value);
		for (const child of node.children) {
			place(child, x);
			x += child.value;
		}
	};
	place(root, 0);
	return {root, nodes};
}

/* By who may be responsible: grey the kernel and programs, sand a library, a hue of its own each driver. */
function kindColour(kinds) {
	return (node) => {
		const module = node.name.startsWith("0x") ? "" : node.name.split(/[!+]/)[0], kind = kinds[module];
		if (module === "" || node.depth === 0 || kind === "kernel" || kind === "user") {
			return "hsl(212, 18%, 76%)";
		}
		if (kind === "library") {
			return "hsl(45, 30%, 74%)";
		}
		let hash = 0;
		for (const c of module.toLowerCase()) {
			hash = (hash * 31 + c.charCodeAt(0)) >>> 0;
		}
		return `hsl(${(Math.imul(hash, 2654435761) >>> 8) % 360}, 62%, 74%)`;
	};
}

/* Red: more than before, blue: less, the paler the less certain. */
function changeColour(node) {
	const mean = node.value ? node.change / node.value : 0, depth = Math.min(1, Math.abs(mean));
	return Math.abs(mean) < 0.05 ? "hsl(212, 8%, 84%)" : `hsl(${mean > 0 ? 4 : 214}, 80%, ${88 - 26 * depth}%)`;
}

function Flame(svg, stacks, options) {
	const ROW = 19, LEAST = 1.5;
	const {root, nodes} = flameTree(stacks), unit = options.unit || "hits";
	const flame = {root, nodes, zoomed: root, here: root, icicle: true, wanted: "", drawn: 0};
	const share = (n) => (root.value ? (100 * n.value / root.value).toFixed(1) : "0.0") + " %";
	const round = (x) => Number.isInteger(x) ? x : x.toPrecision(3);
	const label = options.label || ((n) => `${n.name}: ${round(n.value)} of ${round(root.value)} ${unit}, ${share(n)}`);
	const matches = (n) => flame.wanted !== "" && n.name.toLowerCase().includes(flame.wanted);

	function visible(width) {
		const shown = [], z = flame.zoomed, scale = width / (z.value || 1);
		for (let n = z.parent; n; n = n.parent) {
			shown.push({node: n, x: 0, w: width, above: true});
		}
		const stack = [z];
		while (stack.length) {
			const n = stack.pop(), w = n.value * scale;
			shown.push({node: n, x: (n.x - z.x) * scale, w, above: false});
			/* Children stand widest first: those too narrow to see become one grey piece. */
			const narrow = n.children.findIndex((c) => c.value * scale < LEAST);
			const seen = narrow < 0 ? n.children : n.children.slice(0, narrow);
			stack.push(...seen);
			if (seen.length < n.children.length) {
				const rest = n.children.slice(narrow), hits = rest.reduce((sum, c) => sum + c.value, 0);
				if (hits * scale >= LEAST) {
					shown.push({node: {id: n.id + "rest", name: `${rest.length} narrow frames`, value: hits,
						depth: n.depth + 1, rest: rest[0]}, x: (rest[0].x - z.x) * scale, w: hits * scale, above: false});
				}
			}
		}
		return shown;
	}

	flame.draw = () => {
		const width = svg.node().getBoundingClientRect().width || 1000, shown = visible(width);
		const rows = 1 + Math.max(...shown.map((s) => s.node.depth)), height = rows * ROW + 2;
		const top = (d) => 1 + (flame.icicle ? d : rows - 1 - d) * ROW;
		flame.drawn = shown.length;
		svg.attr("height", height).attr("viewBox", `0 0 ${width} ${height}`);
		const g = svg.selectAll("g").data(shown, (s) => s.node.id);
		const fresh = g.enter().append("g").attr("role", "treeitem");
		fresh.append("rect");
		fresh.append("text");
		fresh.append("title");
		g.exit().remove();
		g.attr("id", (s) => s.node.id).attr("aria-level", (s) => s.node.depth + 1)
			.attr("aria-label", (s) => label(s.node))
			.attr("class", (s) => [s.above ? "above" : "", matches(s.node) ? "match" : "",
				s.node === flame.here ? "here" : ""].join(" "))
			.attr("transform", (s) => `translate(${s.x},${top(s.node.depth)})`)
			.on("click", (s) => flame.zoom(s.node.rest || s.node));
		g.select("rect").attr("width", (s) => s.w).attr("height", ROW - 1).attr("rx", 2)
			.attr("fill", (s) => s.node.rest ? "hsl(0, 0%, 62%)" : options.colour(s.node));
		g.select("title").text((s) => label(s.node));
		g.select("text").attr("x", 4).attr("y", 13).text((s) => {
			const room = Math.floor((s.w - 8) / 7.3);
			return room < 3 ? "" : s.node.name.length > room ? s.node.name.slice(0, room - 1) + "\u2026" : s.node.name;
		});
		svg.attr("aria-activedescendant", flame.here.id);
	};
	flame.go = (node) => {
		flame.here = node;
		flame.draw();
		options.tell(label(node), node);
	};
	flame.zoom = (node) => {
		flame.zoomed = node;
		flame.go(node);
	};
	flame.search = (text) => {
		flame.wanted = text.toLowerCase();
		flame.draw();
		let hits = 0;
		const sum = (n) => {
			if (matches(n)) {
				hits += n.value;
			} else {
				n.children.forEach(sum);
			}
		};
		sum(root);
		return {frames: nodes.filter(matches).length, hits: round(hits), share: share({value: hits})};
	};
	/* The stacks that go through a frame. */
	flame.through = (node) => stacks.filter((s) => {
		let n = s.leaf;
		while (n && n !== node) {
			n = n.parent;
		}
		return n === node;
	});
	flame.key = (key) => {
		const n = flame.here, p = n.parent, down = flame.icicle ? "ArrowDown" : "ArrowUp";
		const beside = (step) => p && p.children[p.children.indexOf(n) + step];
		const to = key === "ArrowLeft" ? beside(-1) : key === "ArrowRight" ? beside(1)
			: key === "ArrowUp" || key === "ArrowDown" ? (key === down ? n.children[0] : p) : null;
		if (key === "Enter") {
			flame.zoom(n);
		} else if (key === "Escape" || key === "Home") {
			flame.zoom(root);
		} else if (to) {
			/* Moving above what is zoomed zooms out with it; beside it, to what both share. */
			let z = flame.zoomed;
			while (z !== root && !(to.x >= z.x && to.x + to.value <= z.x + z.value && to.depth >= z.depth)) {
				z = z.parent;
			}
			flame.zoomed = z;
			flame.go(to);
		} else {
			return key.startsWith("Arrow");
		}
		return true;
	};
	return flame;
}
