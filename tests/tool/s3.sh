# The tool on an S3 server: DOLERITE_S3_ENDPOINT, bucket DOLERITE_S3_BUCKET. tests/clients.sh calls it.
. "$(dirname "$0")/lib.sh"

export AWS_ACCESS_KEY_ID=TESTKEY AWS_SECRET_ACCESS_KEY=TESTSECRET AWS_EC2_METADATA_DISABLED=true
server="--s3-endpoint $DOLERITE_S3_ENDPOINT --s3-path-style"
archive=s3://$DOLERITE_S3_BUCKET/tool-$$
data=$source/examples/data
import_all() {
  run 0 import $server --path-labels '{service_name}/{version}/{pod}/*.{kind}.pb.gz' --root "$data" \
    --json "$archive" "$data/checkout"
}

run 1 stats $server "$archive"
err_has 'no archive'
build_demo_block
run 0 flame --profile-type cpu --format folded "$work/demo.block"
cp "$work/out" "$work/right"
same_flame() {
  run 0 flame $server --profile-type cpu --format folded "$archive"
  cmp -s "$work/out" "$work/right" || fail "$1"
}
import_all
same_flame "an archive on S3 answers as its profiles do"
import_all
out_has '"new":0'
run 0 compact --all $server "$archive"
same_flame "compaction changes no answer"
# The shared file says the same as the variables.
printf '[ci]\naws_access_key_id=TESTKEY\naws_secret_access_key=TESTSECRET\n' >"$work/credentials"
(
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
  export AWS_SHARED_CREDENTIALS_FILE="$work/credentials" AWS_PROFILE=ci
  "$tool" labels --values version $server "$archive"
) >"$work/out" || fail "credentials of the shared file"
[ "$(cat "$work/out")" = "$(printf 'v1.5.0\nv1.6.0')" ] || fail "labels of an archive on S3"
run 0 delete --where '{version="v1.5.0"}' $server "$archive"
run 0 maintain --grace 0s $server "$archive"
run 0 labels --values version $server "$archive"
[ "$(cat "$work/out")" = v1.6.0 ] || fail "a deleted version is gone"
run 3 top $server --profile-type cpu --where '{version="v1.5.0"}' "$archive"
run 0 verify $server "$archive"
out_has ': OK$'
run 0 verify --repair $server "$archive"
err_has 'no repair'
run 0 gc --grace 0s $server "$archive"
! grep -q 'unfinished uploads stay' "$work/err" || fail "uploads of S3 are looked for"
run 0 expire --older-than 1d $server "$archive"
run 0 maintain --grace 0s $server "$archive"

# Wrong usage.
run 2 stats $server s3:///x
err_has 'no bucket'
run 2 stats $server "s3://$DOLERITE_S3_BUCKET-missing/x"
err_has 'NoSuchBucket'
AWS_SECRET_ACCESS_KEY=wrong run 1 stats $server "$archive"
err_has 'SignatureDoesNotMatch'

finish
