// Numbers for people. Values are BigInt, exact; shares are ordinary numbers.
'use strict';

const SCALES = {
  time:
      [[1e9 * 3600, 'h'], [1e9 * 60, 'min'], [1e9, 's'], [1e6, 'ms'], [1e3, '\u00b5s'], [1, 'ns']],
  bytes: [
    [2 ** 60, 'EiB'], [2 ** 50, 'PiB'], [2 ** 40, 'TiB'], [2 ** 30, 'GiB'], [2 ** 20, 'MiB'],
    [2 ** 10, 'KiB'], [1, 'B']
  ],
  count: [[1e18, 'E'], [1e15, 'P'], [1e12, 'T'], [1e9, 'G'], [1e6, 'M'], [1e3, 'k'], [1, '']],
};

// By name: the kind of scale, and how many of its smallest steps one of the unit is. The page's data
// says it for its unit; names that are not here are counted.
const UNITS = {};

function digits(number) {
  return number.toFixed(number < 9.995 ? 2 : number < 99.95 ? 1 : 0);
}

// `1.23 s`, `4.5 MiB`, `12.3 k samples`.
function formatValue(value, unit) {
  const [kind, factor] = UNITS[unit] || ['count', 1];
  const scale = SCALES[kind];
  const size = Math.abs(Number(value)) * factor;
  // 999.7 would be printed as 1000: that is one step up.
  const at = Math.max(0, scale.findIndex(([step]) => size >= step * 0.9995));
  const [step, suffix] = size === 0 ? [1, scale[scale.length - 1][1]] : scale[at];
  const text = step === 1 ? String(Math.round(size)) : digits(size / step);
  const name = kind === 'count' && unit !== 'count' ? unit : '';
  return (value < 0n ? '\u2212' : '') + [text, suffix, name].filter(Boolean).join('\u00a0');
}

// Controls, and characters that show nothing but change the order or the look of others.
const HIDDEN =
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

// A name in which nothing can pretend to be another one: hidden characters as `\u202e`.
function visible(name) {
  return name.replace(HIDDEN, c => '\\u' + c.charCodeAt(0).toString(16).padStart(4, '0'));
}

// All digits, in groups of three.
function formatExact(value, unit) {
  const text = String(value < 0n ? -value : value).replace(/\B(?=(\d{3})+$)/g, ',');
  return (value < 0n ? '\u2212' : '') + text + (unit ? '\u00a0' + unit : '');
}

function formatShare(share) {
  if (!Number.isFinite(share)) return '\u2013';
  const percent = Math.abs(share) * 100;
  const text = percent === 0 ? '0' :
      percent < 0.01         ? '<0.01' :
                               percent.toFixed(percent < 99.995 ? 2 : 0);
  return (share < 0 && percent !== 0 ? '\u2212' : '') + text + '%';
}

function signed(text, number) {
  return number > 0 ? '+' + text : text;
}

// The class of a change's text.
function changeClass(change) {
  if (change > 0) return 'grew';
  return change < 0 ? 'shrank' : '';
}

// Percentage points between two shares.
function formatPoints(change) {
  return signed(formatShare(change).replace('%', '\u00a0pp'), change);
}

// How much against is more than base.
function formatGrowth(base, against) {
  if (base === 0n && against === 0n) return '\u2013';
  if (base === against) return '\u00b10%';
  if (base === 0n) return 'new';
  if (against === 0n) return 'gone';
  const growth = Number(against - base) / Math.abs(Number(base));
  if (growth >= 99.5) return '\u00d7' + Math.round(growth + 1).toLocaleString('en');
  return signed(
      formatShare(growth).replace(/\.\d+%$/, growth < 0.1 && growth > -0.1 ? '$&' : '%'), growth);
}
