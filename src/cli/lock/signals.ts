const passed = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** What a terminal sends to the command as well as to us. */
const ofTerminal: readonly string[] = ['SIGINT', 'SIGQUIT'];

/** Takes the signals that a command is to get from us, so that they don't end this process. */
export function onSignal(take: (signal: NodeJS.Signals) => void): void {
  for (const signal of passed) process.on(signal, () => take(signal));
}

/** Whether a command that runs has got a signal already where we get it. */
export function isSentByTerminal(signal: NodeJS.Signals): boolean {
  return process.stdin.isTTY === true && ofTerminal.includes(signal);
}
