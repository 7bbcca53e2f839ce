import { harmless, type Paint } from './paint.js';

type Row = readonly string[];

/** Sets rows in columns, page by page; the columns' names come before the first. */
export function tableOf(names: Row, paint: Paint): (rows: readonly Row[]) => string {
  let widths = names.map(() => 0);
  let isNamed = false;
  return (rows) => {
    if (rows.length === 0) return '';
    const cells = rows.map((row) => row.map(harmless));
    widths = widths.map((width, i) =>
      Math.max(width, names[i]!.length, ...cells.map((row) => row[i]!.length)),
    );
    const head = isNamed ? '' : `${paint('dim', line(names, widths))}\n`;
    isNamed = true;
    return head + cells.map((row) => `${line(row, widths)}\n`).join('');
  };
}

/** Names and what they name, one below the other. */
export function listing(rows: readonly Row[]): string {
  const cells = rows.map((row) => row.map(harmless));
  const width = Math.max(...cells.map(([name]) => name!.length));
  return cells.map((row) => `${line(row, [width, 0])}\n`).join('');
}

function line(cells: Row, widths: readonly number[]): string {
  return cells
    .map((cell, i) => cell.padEnd(widths[i]!))
    .join('  ')
    .trimEnd();
}
