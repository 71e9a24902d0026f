// expect: exit 0; checks 1/0
const { check } = require('k6');
module.exports.default = function () { check(1, { one: (v) => v === 1 }); };
