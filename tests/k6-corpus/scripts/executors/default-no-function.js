// expect: exit 104
export default 5;
