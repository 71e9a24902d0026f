export const text = open('./in-lib.txt');
