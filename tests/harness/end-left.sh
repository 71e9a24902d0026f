# Outlives a test run, and ends what a killed one has left: its processes by the folder that they were started for, then the folder.
# sh end-left.sh FOLDER [NAME...]: files whose names begin so are kept. A run that has a file `over` in it has removed what it wants removed.
folder=$1
shift

# Until the end of the run, however it comes: nothing is written.
cat > /dev/null
marked=$(find /proc/[0-9]*/fd/3 -lname "$folder/*/up.children*" 2> /dev/null)
started=$(grep -lzxF "TMPDIR=$folder" /proc/[0-9]*/environ 2> /dev/null)
left=$(for path in $marked $started; do pid=${path#/proc/}; echo "${pid%%/*}"; done)
for pid in $left; do
  case $(cat "/proc/$pid/comm" 2> /dev/null) in
    # Killed, it would leave its shared memory.
    postgres) kill -QUIT "$pid" 2> /dev/null && kill -CONT "$pid" 2> /dev/null ;;
    *) kill -KILL "$pid" 2> /dev/null ;;
  esac
done
for _ in 1 2 3 4 5; do
  kill -0 $left 2> /dev/null || break
  sleep 1
done
kill -KILL $left 2> /dev/null
if [ -e "$folder/over" ]; then rm "$folder/over"; exit; fi
for path in "$folder"/*; do
  for name in "$@"; do
    case ${path##*/} in "$name"*) continue 2 ;; esac
  done
  rm -rf "$path"
done
rmdir "$folder" 2> /dev/null
exit 0
