/** Events as the wire has them, each a little different. */
const KINDS = ['calm', 'joy', 'fear', 'anger'];

export function emotionOf(userId: string, metrics?: { positivity: number; stress: number }): string {
  return JSON.stringify({
    userId,
    timestamp: new Date().toISOString(),
    emotionEvent: {
      type: KINDS[Math.floor(Math.random() * KINDS.length)],
      metrics: {
        positivity: metrics?.positivity ?? randomShare(),
        intensity: randomShare(),
        stress_level: metrics?.stress ?? randomShare(),
      },
    },
  });
}

export function transactionOf(userId: string, amount = Math.round(Math.random() * 50_000 + 1) / 100): string {
  return JSON.stringify({ userId, amount });
}

function randomShare(): number {
  return Math.round(Math.random() * 1000) / 1000;
}
