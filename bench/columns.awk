# Rows of the table from columns_bench's CSV: decoding of what the encoder chooses, beside zstd -3
# over the plain values.
BEGIN { FS = "," }
function rate(n) { return sprintf("%.0f M/s", n / 1e6) }
{ gsub(/"/, "") }
$1 == "name" { for (i = 1; i <= NF; i++) column[$i] = i; next }
!column["items_per_second"] { next }
{
  split($1, part, "/")
  items = $column["items_per_second"]; bytes = $column["bytes/value"]
  data = part[part[1] == "column" ? 4 : 3]
  if (part[1] == "limit") { limit[part[2], data] = items; size[part[2], data] = bytes }
  if (part[1] == "column" && part[3] == "decode") { names[++n] = part[2] " " data; of[n] = data; items_of[n] = items; bytes_of[n] = bytes }
}
END {
  print "# Integer columns: decoding, bytes a value"
  for (i = 1; i <= n; i++) {
    d = of[i]
    printf "%s\t%s, %.3f B\tplain, zstd -3: %s, %.3f B\t%.2fx, %.2fx the bytes\t-\n", names[i],
           rate(items_of[i]), bytes_of[i], rate(limit["zstd_raw", d]), size["zstd_raw", d],
           items_of[i] / limit["zstd_raw", d], bytes_of[i] / size["zstd_raw", d]
  }
}
