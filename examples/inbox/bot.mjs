import { setTimeout as sleep } from 'node:timers/promises';

/** Up to so long the bot thinks, so that many a worker is killed meanwhile. */
const maxThoughtMs = 20;

/**
 * A toy bot's answer to what a user said in a turn of the conversation.
 * @param {number} turn
 * @param {string} text
 */
export function answerTo(turn, text) {
  return `${turn}: ${text}`;
}

/**
 * The same, after some thought.
 * @param {number} turn
 * @param {string} text
 */
export async function think(turn, text) {
  await sleep(Math.random() * maxThoughtMs);
  return answerTo(turn, text);
}
