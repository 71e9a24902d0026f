// expect: exit 0; checks 6/0
import { check } from 'k6';
import exec from 'k6/execution';
export const options = { scenarios: { one: { executor: 'shared-iterations', vus: 1, iterations: 1 } } };
export default function () { check(exec, { scenario: (e) => e.scenario.name === 'one' && e.scenario.executor === 'shared-iterations', iteration: (e) => e.scenario.iterationInTest === 0 && e.scenario.iterationInInstance === 0, vu: (e) => e.vu.idInTest === 1 && e.vu.idInInstance === 1, count: (e) => e.vu.iterationInScenario === 0, progress: (e) => e.scenario.progress >= 0, active: (e) => e.instance.vusActive === 1 }); }
