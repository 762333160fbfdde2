// The picture, as dezero_lite/drawing.py draws it: generations as columns, one bend in each column that the
// edges of a variable pass, columns sorted by the mean place of their neighbours.

function picture({ variables, functions, plain }) { // plain: without generations
  const [COLUMN, ROW, RADIUS, BOX, TOP] = [84, 78, 19, 32, 34];
  const columns = [];
  const put = (node, column, width) => {
    while (columns.length <= column) columns.push([]);
    columns[column].push(node);
    return Object.assign(node, { column, width, bends: [], near: [[], []] });
  };
  for (const v of variables) v.node = put({}, 2 * v.generation, Math.max(2 * RADIUS, 8.2 * v.label.length + 16));
  for (const f of functions) f.node = put({}, 2 * f.generation + 1, Math.max(44, 8.2 * f.label.length + 18));
  const route = (from, to) => {
    const nodes = [from];
    for (let c = from.column + 1; c < to.column; c++) nodes.push((from.bends[c] ??= put({ bend: true }, c, 0)));
    nodes.push(to);
    nodes.slice(1).forEach((node, i) => {
      if (node.near[0].includes(nodes[i])) return;
      node.near[0].push(nodes[i]);
      nodes[i].near[1].push(node);
    });
    return nodes;
  };
  const routes = functions.flatMap(({ node, known, output }) => [
    ...known.map((v, port) => [route(v.node, node), port - (known.length - 1) / 2]),
    [route(node, output.node), 0],
  ]);

  const mean = (nodes, key) => nodes.reduce((sum, node) => sum + node[key], 0) / nodes.length;
  const number = (column) => column.forEach((node, i) => (node.place = i));
  columns.forEach(number);
  for (let sweep = 0; sweep < 8; sweep++) {
    for (const column of sweep % 2 ? columns.toReversed() : columns) {
      for (const node of column) node.wish = node.near[sweep % 2].length ? mean(node.near[sweep % 2], "place") : node.place;
      number(column.sort((a, b) => a.wish - b.wish));
    }
  }
  // Every node at the mean height of its inputs, a row from the next; those from far away count last.
  let x = 16;
  for (const column of columns) {
    const width = Math.max(...column.map((node) => node.width));
    column.forEach((node, i) => {
      const near = node.near[0].filter((n) => !n.bend);
      const from = near.length ? near : node.near[0];
      node.wish = from.length ? mean(from, "y") : i * ROW;
      node.x = x + width / 2;
      node.y = i ? Math.max(node.wish, column[i - 1].y + ROW) : node.wish;
    });
    const drift = mean(column, "y") - mean(column, "wish");
    for (const node of column) node.y = Math.round(node.y - drift);
    x += width + COLUMN - BOX - 14;
  }
  const heights = columns.flat().map((node) => node.y);
  const top = Math.min(...heights) - TOP - RADIUS - 6;
  for (const node of columns.flat()) node.y -= top;

  const [width, height] = [x - COLUMN + BOX + 30, Math.max(...heights) - top + 60];
  const borders = plain ? [] : columns.flatMap((column, c) => (c % 2 ? [] : [c && (columns[c - 1][0].x + column[0].x) / 2]));
  const parts = borders.map((left, generation) => {
    const right = borders[generation + 1] ?? width;
    const band = generation % 2 ? "" : `<rect class="b" x="${left}" width="${right - left}" height="${height}"/>`;
    return `${band}<text class="n" x="${(left + right) / 2}" y="14">gen. ${generation}</text>`;
  });
  for (const [nodes, port] of routes) {
    const points = nodes.map((node) => [node.x, node.y]);
    const last = points.at(-1);
    points[0][0] += nodes[0].width / 2;
    last[0] -= nodes.at(-1).width / 2 + 7;
    last[1] += port * 12;
    const curve = points.slice(1).map(([bx, by], i) => {
      const [ax, ay] = points[i];
      return ay === by ? `H${bx}` : `C${(ax + bx) / 2} ${ay} ${(ax + bx) / 2} ${by} ${bx} ${by}`;
    });
    parts.push(`<path class="e" d="M${points[0]}${curve.join("")}"/><path class="a" d="M${last[0] + 7} ${last[1]}l-8-4v8z"/>`);
  }
  for (const { node: { x, y, width }, label, value } of variables) {
    parts.push(`<ellipse class="v" cx="${x}" cy="${y}" rx="${width / 2}" ry="${RADIUS}"/><text class="i" x="${x}" y="${y}">${label}</text>`);
    parts.push(`<text class="s h" x="${x}" y="${y + 29}">${short(value)}</text>`);
  }
  for (const { node: { x, y, width }, label } of functions) {
    parts.push(`<rect class="f" x="${x - width / 2}" y="${y - BOX / 2}" width="${width}" height="${BOX}" rx="6"/>`);
    parts.push(`<text x="${x}" y="${y}">${label}</text>`);
  }
  const words = functions.map((f) => (plain ? f.name : `${f.name}, generation ${f.generation}`)).join("; ");
  return `<svg class="dzl-graph" role="img" aria-label="Graph: ${words}." viewBox="0 0 ${width} ${height}" ` +
    `width="${width}" height="${height}">${parts.join("")}</svg>`;
}
