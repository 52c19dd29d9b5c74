/** Where beside its point a name is written, so that nothing is covered. */

/** A rectangle in pixels: its left upper corner and its size. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where a name stands; not free if it covers something there. */
export interface Beside {
  box: Box;
  free: boolean;
}

const APART = 12;

/** For each name, whose x and y are those of its point, the first of its four sides that is free in the room, or
 * else the place above it. Earlier names go first. */
export function besides(names: Box[], taken: Box[], room: Box): Beside[] {
  const covered = [...taken];
  return names.map((name) => {
    const boxes = around(name, room);
    const found = boxes.find((box) => within(box, room) && !covered.some((other) => meet(box, other)));
    if (found) covered.push(found);
    return { box: found ?? boxes[2], free: found !== undefined };
  });
}

/** To the right, to the left, above, below; above and below it gives way to the edges of the room. */
function around({ x, y, width, height }: Box, room: Box): [Box, Box, Box, Box] {
  const middle = Math.max(room.x, Math.min(x - width / 2, room.x + room.width - width));
  return [
    { x: x + APART, y: y - height / 2, width, height },
    { x: x - APART - width, y: y - height / 2, width, height },
    { x: middle, y: y - APART - height, width, height },
    { x: middle, y: y + APART, width, height },
  ];
}

const meet = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const within = (a: Box, room: Box): boolean =>
  a.x >= room.x && a.y >= room.y && a.x + a.width <= room.x + room.width && a.y + a.height <= room.y + room.height;
