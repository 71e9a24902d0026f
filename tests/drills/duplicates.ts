import type { Drill } from './drill.ts';

export const duplicates: Drill = {
  name: 'duplicates',
  summary: 'every event is sent three times, shuffled',
  events: 5000,
  async run(stage) {
    await stage.startLoad({ copies: 3 }).done;
    return {};
  },
};
