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
  const STEP = 4; // px from one look at the ground beside a line to the next
  const MOST = 400; // looks at one outline: that of many lines between neurons is looked at less
  const BESIDE = 0.5; // px beside a stroke, where its ground is
  const NET = 6; // px between the points of a text at which its ground is looked at
  // the same page is read in light and in dark: colours change; that nothing else does is a rule
  const width = document.documentElement.clientWidth;
  if (window.vtKnown?.width !== width)
    window.vtKnown = { width, outlines: new WeakMap(), grounds: new WeakMap() };
  const { outlines, grounds: known } = window.vtKnown;
  const canvas = document.createElement("canvas").getContext("2d");

  const least = (values) => values.reduce((one, two) => Math.min(one, two), Infinity);
  const most = (values) => values.reduce((one, two) => Math.max(one, two), -Infinity);
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
      rim: shape.matches(".vt-rim"),
      veils: veils(shape, figure, groups),
      edge: isEdge ? ends(shape) : null,
      ...owner,
    };
  }

  const reaches = ([left, top, right, low], [x, y], far) =>
    x >= left - far && x <= right + far && y >= top - far && y <= low + far;

  // Which of the shapes *near* a point have it in their fill, and on which rims it lies.
  function lying(point, near, matrices) {
    const [filled, rimmed] = [[], []];
    for (const { number, shape, rect, fill, rim, stroke_width } of near) {
      if (!reaches(rect, point, rim ? stroke_width : 0)) continue;
      matrices[number] ??= shape.getScreenCTM().inverse();
      const inner = new DOMPoint(...point).matrixTransform(matrices[number]);
      if (fill !== "none" && shape.isPointInFill(inner)) filled.push(number);
      if (rim && shape.isPointInStroke(inner)) rimmed.push(number);
    }
    return [filled, rimmed];
  }

  // Points of a text at which its ground is looked at: a net over all of its ink.
  function net(quad) {
    const between = (u, v) => [0, 1].map((axis) => {
      const top = quad[0][axis] + (quad[1][axis] - quad[0][axis]) * u;
      const low = quad[3][axis] + (quad[2][axis] - quad[3][axis]) * u;
      return top + (low - top) * v;
    });
    const wide = Math.hypot(quad[1][0] - quad[0][0], quad[1][1] - quad[0][1]);
    const count = Math.max(2, Math.ceil(wide / NET));
    return Array.from({ length: count + 1 }, (_, index) => 0.02 + (0.96 * index) / count).flatMap(
      (u) => [0.05, 0.5, 0.95].map((v) => between(u, v)),
    );
  }

  // Points on both sides of an outline, all along it: right beside its stroke.
  function beside({ outline, stroke, stroke_width }) {
    const away = (stroke === "none" ? 0 : stroke_width / 2) + BESIDE;
    const lengths = outline.map((line) =>
      line.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - line[i][0], y - line[i][1]), 0),
    );
    const step = Math.max(STEP, lengths.reduce((sum, length) => sum + length, 0) / MOST);
    const points = [];
    for (const line of outline)
      for (const [index, [x2, y2]] of line.slice(1).entries()) {
        const [x1, y1] = line[index];
        const length = Math.hypot(x2 - x1, y2 - y1);
        if (length === 0) continue;
        const [nx, ny] = [((y1 - y2) / length) * away, ((x2 - x1) / length) * away];
        const count = Math.ceil(length / step);
        for (let at = 0; at < count; at++) {
          const share = (at + 0.5) / count;
          const [x, y] = [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share];
          points.push([x + nx, y + ny], [x - nx, y - ny]);
        }
      }
    return points;
  }

  // What lies at some points, each mixture of shapes once, with one of the points where it is so.
  function mixtures(points, read) {
    const found = new Map();
    for (const point of points) {
      const [filled, rimmed] = read(point);
      const key = `${filled.join()};${rimmed.join()}`;
      if (!found.has(key)) found.set(key, [filled, rimmed, point.map(rounded)]);
    }
    return [...found.values()];
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
          hinted: style.backgroundImage !== "none",
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
    const matrices = [];
    const grounds = result.shapes
      .map((value, number) => ({ ...value, number, shape: shapes[number] }))
      .filter(({ fill, rim }) => fill !== "none" || rim);
    const look = (elements, values, points) => {
      for (const [index, element] of elements.entries()) {
        if (!known.has(element)) {
          const around = points(values[index]);
          const [xs, ys] = [0, 1].map((axis) => around.map((point) => point[axis]));
          const [left, top, right, low] = [least(xs), least(ys), most(xs), most(ys)];
          const near = grounds.filter(
            ({ rect, stroke_width: far }) =>
              rect[0] - far <= right &&
              rect[2] + far >= left &&
              rect[1] - far <= low &&
              rect[3] + far >= top,
          );
          known.set(element, mixtures(around, (point) => lying(point, near, matrices)));
        }
        values[index].grounds = known.get(element);
      }
    };
    look(texts, result.texts, (text) => net(text.quad));
    look(shapes, result.shapes, beside);
    return result;
  }

  // as text: the browser's driver takes several times as long for the same as objects
  return JSON.stringify({
    width,
    content_width: document.documentElement.scrollWidth,
    figures: [...document.querySelectorAll("svg.vt-figure")].map(seen),
  });
}
