// libFuzzer: a store that answers a reader of a sound block with whatever it likes: cut, empty, too
// long, changed, of another place, an error. Byte i of the input chooses what happens to read i.
// Nothing may crash, and what passes a reader's checks is the block's true content.
#include <string>
#include <string_view>

#include "dolerite/block_builder.h"
#include "dolerite/block_reader.h"
#include "dolerite/forwarding_store.h"
#include "dolerite/query.h"
#include "dolerite/stores.h"
#include "support/generate.h"
#include "support/must.h"

namespace {

using dolerite::BlockReader;
using dolerite::testing::Must;

const std::string& Block() {
  static const std::string& block = *[] {
    dolerite::testing::GenerateOptions options;
    options.samples = 8;
    dolerite::BlockBuilder builder = *dolerite::BlockBuilder::Make();
    for (uint64_t i = 0; i < 4; ++i) {
      Must(builder
               .Add(dolerite::testing::GenerateSeries(i),
                    dolerite::testing::GenerateProfile(i, options))
               .ok());
    }
    return new std::string(*std::move(builder).Finish());
  }();
  return block;
}

const std::string& TrueProfile() {
  static const std::string& text = *new std::string(
      dolerite::testing::DescribeStored(*BlockReader::FromBytes(Block())->ReadProfile(0)));
  return text;
}

// Holds one object, Block().
class LyingStore : public dolerite::ForwardingStore {
 public:
  LyingStore(dolerite::ObjectStore* inner, std::string_view lies)
      : ForwardingStore(inner), lies_(lies) {}

 protected:
  absl::StatusOr<dolerite::ReadResult> DoRead(std::string_view key,
                                              const dolerite::ByteRange& range,
                                              const dolerite::CallOptions& options) const override {
    auto truth = ForwardingStore::DoRead(key, range, options);
    if (!truth.ok() || next_ >= lies_.size()) return truth;
    const auto lie = static_cast<uint8_t>(lies_[next_++]);
    std::string bytes(truth->slice.bytes);
    switch (lie & 7) {
      case 0:
        return truth;
      case 1:
        bytes.resize(bytes.size() * (lie >> 3) / 32);
        break;
      case 2:
        bytes.append(lie >> 3, 'x');
        break;
      case 3:
        if (!bytes.empty()) bytes[(lie >> 3) * bytes.size() / 32] ^= 4;
        break;
      case 4:
        truth->object_size += static_cast<uint64_t>(lie >> 3) << 3;
        break;
      case 5:
        truth->object_size = lie >> 3;
        break;
      case 6:
        bytes.assign(bytes.size(), '\0');
        break;
      default:
        return absl::UnavailableError("a store that is away");
    }
    truth->slice = dolerite::Slice::Own(std::move(bytes));
    return truth;
  }
  absl::StatusOr<dolerite::ReadManyResult> DoReadMany(
      std::string_view key, std::span<const dolerite::ByteRange> ranges,
      const dolerite::CallOptions& options) const override {
    return ObjectStore::DoReadMany(key, ranges, options);  // each range is a DoRead
  }

 private:
  std::string_view lies_;
  mutable size_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static dolerite::ObjectStore& inner = *[] {
    auto made = dolerite::MakeMemoryStore();
    Must(made->Put("block", Block()).ok());
    return made.release();
  }();
  const LyingStore store(&inner, std::string_view(reinterpret_cast<const char*>(data), size));
  BlockReader::Options options;
  options.suffix_bytes = 4 << 10;
  const absl::StatusOr<BlockReader> block = BlockReader::Open(&store, "block", options);
  if (!block.ok()) return 0;
  const absl::StatusOr<dolerite::Profile> profile = block->ReadProfile(0);
  if (profile.ok()) Must(dolerite::testing::DescribeStored(*profile) == TrueProfile());
  dolerite::TreeQuery query({});
  if (query.Add(*block).ok()) (void)std::move(query).Finish({50}).ok();
  (void)block->Verify();
  return 0;
}
