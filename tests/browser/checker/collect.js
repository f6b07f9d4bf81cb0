// What a page shows of its figures, as plain data: places in CSS px of the window, colours as the
// browser computed them.  It judges nothing; that is for the rules, in Python.
() => {
  "use strict";

  const SHAPES = "path, rect, circle, ellipse, line, polyline, polygon";
  // what a detail panel shows a second time stands there as inner boxes, edges and frames
  const [NODES, EDGES, SCOPES] = ["node", "edge", "scope"].map((r) => `.vt-${r}, .vt-inner-${r}`);
  const UNSEEN = "defs, marker, clipPath, mask, symbol, pattern";
  const EXACT = 0.02; // px by which a stretch may be longer than the straight way: it counts as one
  const PIECE = 60; // px of an outline that are looked at in one go at the most
  // the same page is read in light and in dark: colours change, outlines do not
  const width = document.documentElement.clientWidth;
  if (window.vtOutlines?.width !== width) window.vtOutlines = { width, of: new WeakMap() };
  const outlines = window.vtOutlines.of;
  const canvas = document.createElement("canvas").getContext("2d");

  const rounded = (value) => Math.round(value * 100) / 100;
  const corners = (rect) => [rect.left, rect.top, rect.right, rect.bottom].map(rounded);

  function placed(matrix, x, y) {
    return [
      rounded(matrix.a * x + matrix.c * y + matrix.e),
      rounded(matrix.b * x + matrix.d * y + matrix.f),
    ];
  }

  const enlarged = (matrix) => Math.sqrt(Math.abs(matrix.a * matrix.d - matrix.b * matrix.c));

  // An outline as polylines in px, one for each stroke.
  function outline(shape) {
    const matrix = shape.getScreenCTM();
    const scale = enlarged(matrix) || 1;
    const strokes = written(shape.getAttribute("d") ?? "?", scale) ?? walked(shape, scale);
    return strokes.map((stroke) => bends(stroke).map(([x, y]) => placed(matrix, x, y)));
  }

  const SIZES = { M: 2, L: 2, H: 1, V: 1, Q: 4, C: 6, Z: 0 };

  // The strokes that path data says, null where it holds other commands than those above.
  function written(text, scale) {
    const strokes = [];
    let [here, start] = [[0, 0], [0, 0]];
    for (const [, letter, rest] of text.matchAll(/([A-Za-z?])([^A-Za-z?]*)/g)) {
      const name = letter.toUpperCase();
      if (!(name in SIZES)) return null;
      const numbers = (rest.match(/[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/gi) ?? []).map(Number);
      let at = 0;
      do {
        const values = numbers.slice(at, at + SIZES[name]);
        const first = name === "M" && at === 0;
        at += SIZES[name];
        const points = pairs(name, values, letter === name ? null : here, here);
        if (first) strokes.push([(start = points[0])]);
        else {
          // after the end of a closed stroke a command draws on from its start
          if (name === "Z") points.push(start);
          strokes.at(-1).push(...curve([here, ...points], scale));
        }
        here = points.at(-1);
      } while (at < numbers.length);
    }
    return strokes;
  }

  // The points of one command, absolute.
  function pairs(name, values, base, here) {
    const [x, y] = base ?? [0, 0];
    if (name === "H") return [[values[0] + x, here[1]]];
    if (name === "V") return [[here[0], values[0] + y]];
    const points = [];
    for (let at = 0; at < values.length; at += 2) points.push([values[at] + x, values[at + 1] + y]);
    return points;
  }

  // Points along a Bezier curve with these control points (de Casteljau), without the first.
  function curve(points, scale) {
    if (points.length < 3) return points.slice(1);
    const far = Math.hypot(points.at(-1)[0] - points[0][0], points.at(-1)[1] - points[0][1]) * scale;
    const count = Math.min(64, Math.max(8, Math.ceil(far / 4)));
    const mixed = (list, t) =>
      list.slice(1).map(([x, y], i) => [list[i][0] * (1 - t) + x * t, list[i][1] * (1 - t) + y * t]);
    return Array.from({ length: count }, (_, index) => {
      let list = points;
      while (list.length > 1) list = mixed(list, (index + 1) / count);
      return list[0];
    });
  }

  // The same for any shape, by walking along it.  Asking for points costs a lot: a stretch whose
  // ends are as far apart as it is long is straight, any other is halved.
  function walked(shape, scale) {
    const length = shape.getTotalLength();
    const pieces = Math.max(2, Math.ceil((length * scale) / PIECE));
    const point = (at) => ((found) => [found.x, found.y])(shape.getPointAtLength(at));
    let here = point(0);
    const strokes = [[here]];
    const isWay = (way, [x1, y1], [x2, y2]) =>
      Math.abs(way - Math.hypot(x2 - x1, y2 - y1)) * scale <= EXACT;
    const walk = (start, from, end, to) => {
      const [way, half] = [end - start, (start + end) / 2];
      // a stroke that begins elsewhere: no way leads there
      if (way * scale <= EXACT) {
        if (isWay(way, from, to)) strokes.at(-1).push(to);
        else strokes.push([to]);
        return;
      }
      const between = point(half);
      // the point half-way tells a way from strokes that happen to end as far apart
      if (isWay(way, from, to) && isWay(way / 2, from, between)) strokes.at(-1).push(to);
      else {
        walk(start, from, half, between);
        walk(half, between, end, to);
      }
    };
    for (let piece = 0; piece < pieces; piece++) {
      const [start, end] = [piece, piece + 1].map((part) => (length * part) / pieces);
      const next = point(end);
      walk(start, here, end, next);
      here = next;
    }
    return strokes;
  }

  function bends(points) {
    const kept = [];
    for (const point of points) {
      while (kept.length > 1 && isStraight(kept.at(-2), kept.at(-1), point)) kept.pop();
      kept.push(point);
    }
    return kept;
  }

  function isStraight([x1, y1], [x2, y2], [x3, y3]) {
    const [dx, dy, ex, ey] = [x2 - x1, y2 - y1, x3 - x2, y3 - y2];
    const turn = Math.abs(dx * ey - dy * ex);
    return dx * ex + dy * ey > 0 && turn <= 0.01 * Math.hypot(dx, dy) * Math.hypot(ex, ey);
  }

  const isShown = (element) =>
    !element.closest(UNSEEN) && element.checkVisibility({ visibilityProperty: true });

  // Which groups paint an element together, the outermost first, and how opaque each is.
  function veils(element, figure, groups) {
    const found = [];
    for (let at = element.parentElement; at && at !== figure; at = at.parentElement) {
      const opacity = Number(getComputedStyle(at).opacity);
      if (opacity < 1) {
        if (!groups.has(at)) groups.set(at, groups.size);
        found.unshift([groups.get(at), opacity]);
      }
    }
    return found;
  }

  const at = (list, element) => (element === null ? null : list.indexOf(element));

  // Where an element belongs: numbers of its box, its frame, its entry of the legend.
  function owners(element, lists) {
    return {
      node: at(lists.nodes, element.closest(NODES)),
      scope: at(lists.scopes, element.closest(SCOPES)),
      entry: at(lists.entries, element.closest("g.vt-legend > g")),
    };
  }

  // The quadrangle of a text's ink: as wide as it is set, as high as its own letters are.
  function words(text, order, figure, lists, groups) {
    const style = getComputedStyle(text);
    const matrix = text.getScreenCTM();
    const box = text.getBBox();
    const base = text.y.baseVal.length ? text.y.baseVal.getItem(0).value : box.y + box.height * 0.8;
    canvas.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
    const ink = canvas.measureText(text.textContent);
    const [top, low] = [base - ink.actualBoundingBoxAscent, base + ink.actualBoundingBoxDescent];
    return {
      text: text.textContent,
      quad: [
        placed(matrix, box.x, top),
        placed(matrix, box.x + box.width, top),
        placed(matrix, box.x + box.width, low),
        placed(matrix, box.x, low),
      ],
      size: parseFloat(style.fontSize) * enlarged(matrix),
      fill: style.fill,
      fill_opacity: Number(style.fillOpacity) * Number(style.opacity),
      veils: veils(text, figure, groups),
      order,
      ...owners(text, lists),
    };
  }

  function ends(shape) {
    const { source, target, sourceId, targetId } = shape.dataset;
    return { source, target, source_id: sourceId ?? source, target_id: targetId ?? target };
  }

  function drawn(shape, order, figure, lists, groups) {
    const style = getComputedStyle(shape);
    const matrix = shape.getScreenCTM();
    const owner = owners(shape, lists);
    const isEdge = shape.matches(EDGES);
    if (!outlines.has(shape)) outlines.set(shape, outline(shape));
    return {
      order,
      rect: corners(shape.getBoundingClientRect()),
      outline: outlines.get(shape),
      fill: style.fill,
      stroke: style.stroke,
      stroke_width: parseFloat(style.strokeWidth) * enlarged(matrix),
      fill_opacity: Number(style.fillOpacity) * Number(style.opacity),
      stroke_opacity: Number(style.strokeOpacity) * Number(style.opacity),
      dashed: style.strokeDasharray !== "none",
      marker: style.markerEnd !== "none",
      veils: veils(shape, figure, groups),
      edge: isEdge ? ends(shape) : null,
      ...owner,
    };
  }

  // The filled shapes whose inside a point lies in, by their numbers.
  function covering([x, y], shapes, known) {
    const found = [];
    for (const [number, { rect, fill }] of known.entries()) {
      if (x < rect[0] || x > rect[2] || y < rect[1] || y > rect[3] || fill === "none") continue;
      const point = new DOMPoint(x, y).matrixTransform(shapes[number].getScreenCTM().inverse());
      if (shapes[number].isPointInFill(point)) found.push(number);
    }
    return found;
  }

  // Points of a text at which its ground is looked at: both ends, the middle, above and below.
  function probes(quad) {
    const between = (u, v) => [0, 1].map((axis) => {
      const top = quad[0][axis] + (quad[1][axis] - quad[0][axis]) * u;
      const low = quad[3][axis] + (quad[2][axis] - quad[3][axis]) * u;
      return top + (low - top) * v;
    });
    return [[0.04, 0.5], [0.5, 0.5], [0.96, 0.5], [0.5, 0.05], [0.5, 0.95]].map((p) => between(...p));
  }

  // The point of a shape at which its ground is looked at: on its outline, half-way along a line.
  function probe({ outline, fill }) {
    const [first] = outline;
    if (fill !== "none" || first.length < 2) return first[0];
    const [[x1, y1], [x2, y2]] = first.slice(first.length / 2 - 1);
    return [(x1 + x2) / 2, (y1 + y2) / 2];
  }

  const isScroller = (style) => /auto|scroll/.test(style.overflowX);

  // What is around a figure: where it may be scrolled, what cuts it off, what its ground is.
  function surroundings(figure) {
    const around = { scroller: null, clips: [], grounds: [getComputedStyle(figure).backgroundColor] };
    for (let at = figure.parentElement; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      around.grounds.unshift(style.backgroundColor);
      if (at === document.body || at === document.documentElement) continue;
      if (around.scroller === null && isScroller(style)) {
        const { clientWidth, scrollWidth, clientHeight, scrollHeight } = at;
        around.scroller = {
          rect: corners(at.getBoundingClientRect()),
          width: clientWidth,
          content_width: scrollWidth,
          height: clientHeight,
          content_height: scrollHeight,
        };
      } else if (/hidden|clip|auto|scroll/.test(`${style.overflowX} ${style.overflowY}`)) {
        around.clips.push(corners(at.getBoundingClientRect()));
      }
    }
    around.column = column(figure);
    return around;
  }

  // The left and right end of the text column: the inside of what the figure's block stands in.
  function column(figure) {
    let at = figure.closest(".vt-picture") ?? figure;
    at = at.closest("figure") ?? at;
    const parent = at.parentElement;
    const style = getComputedStyle(parent);
    const rect = parent.getBoundingClientRect();
    const inside = [
      rect.left + parseFloat(style.paddingLeft) + parseFloat(style.borderLeftWidth),
      rect.right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth),
    ];
    return inside.map(rounded);
  }

  const isText = (element) => element.localName === "text";

  function seen(figure, number) {
    const find = (selector) => [...figure.querySelectorAll(selector)];
    const lists = {
      nodes: find(NODES),
      scopes: find(SCOPES),
      entries: find("g.vt-legend > g"),
    };
    const groups = new Map();
    const painted = find(`${SHAPES}, text`).filter(isShown);
    const orders = new Map(painted.map((element, order) => [element, order]));
    const shapes = painted.filter((element) => !isText(element) && element.getTotalLength() > 0);
    const texts = painted.filter((element) => isText(element) && element.textContent.trim());
    const read = (make) => (element) => make(element, orders.get(element), figure, lists, groups);
    const result = {
      number,
      data: { ...figure.dataset },
      told: figure.closest("[data-name]")?.dataset.name ?? "",
      natural: Number(figure.getAttribute("width")),
      rect: corners(figure.getBoundingClientRect()),
      ...surroundings(figure),
      nodes: lists.nodes.map((node) => ({ ...node.dataset })),
      scopes: lists.scopes.map((scope) => ({ ...scope.dataset })),
      shapes: shapes.map(read(drawn)),
      texts: texts.map(read(words)),
    };
    const grounds = (point) => covering(point, shapes, result.shapes);
    for (const text of result.texts) text.grounds = probes(text.quad).map(grounds);
    for (const shape of result.shapes) shape.grounds = grounds(probe(shape));
    return result;
  }

  // as text: the browser's driver takes several times as long for the same as objects
  return JSON.stringify({
    width,
    content_width: document.documentElement.scrollWidth,
    figures: [...document.querySelectorAll("svg.vt-figure")].map(seen),
  });
}
