// All hundred would be 600 kB: these are the ones its users write in.
export { enGB } from "date-fns/locale/en-GB";
export { enUS } from "date-fns/locale/en-US";
export { ja } from "date-fns/locale/ja";
export { ko } from "date-fns/locale/ko";
export { zhCN } from "date-fns/locale/zh-CN";
export { zhHK } from "date-fns/locale/zh-HK";
export { zhTW } from "date-fns/locale/zh-TW";
