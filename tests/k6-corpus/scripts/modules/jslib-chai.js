// expect: exit 0; checks 5/2
import chai, { describe, expect } from 'https://jslib.k6.io/k6chaijs/4.3.4.3/index.js';
import http from 'k6/http';
export const options = {
  thresholds: {
    'checks{group:::read,check:expected status to equal 200}': ['rate==1'],
    'checks{group:::wrong,check:expected status to equal 201}': ['rate==0'],
  },
};
export default function () {
  const response = http.get(__ENV.BASE_URL + '/json');
  const isRight = describe('read', () => {
    expect(response.status, 'status').to.equal(200);
    expect(response).to.have.validJsonBody();
    expect(response.json('list'), 'list').to.be.an('array');
    expect(response.json('a.b.0'), 'first').to.not.equal(5);
  });
  const isWrong = describe('wrong', () => {
    expect(response.status, 'status').to.equal(201);
    throw new Error('not reached');
  });
  describe('throws', () => {
    throw new Error('own error');
  });
  describe('told', () => expect([isRight, isWrong], 'results').to.deep.equal([true, false]));
}
