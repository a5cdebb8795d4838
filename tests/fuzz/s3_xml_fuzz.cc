// libFuzzer: the XML of an S3 server.
#include <string>
#include <string_view>

#include "s3/answers.h"
#include "s3/headers.h"
#include "s3/xml.h"
#include "support/must.h"

using namespace dolerite;
using namespace dolerite::s3;
using dolerite::testing::Must;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // No text is larger than what it was made of.
  size_t text_bytes = 0;
  (void)ReadXml(input, [&](std::string_view path, std::string_view text) {
    Must(!path.empty());
    text_bytes += text.size();
    return absl::OkStatus();
  });
  Must(text_bytes <= size);

  if (const auto list = ParseList(input); list.ok()) {
    for (const ObjectInfo& object : list->objects) {
      Must(!object.key.empty() && IsVersion(object.version));
    }
    Must(!list->truncated || !list->next_token.empty());
  }
  if (const auto uploads = ParseUploads(input); uploads.ok()) {
    for (const OpenUpload& upload : uploads->uploads)
      Must(!upload.key.empty() && !upload.id.empty());
  }
  if (const auto id = ParseUploadId(input); id.ok()) Must(!id->empty());
  if (const auto version = ParseCompleted(input); version.ok()) {
    Must(version->empty() || IsVersion(*version));
  }
  ServerError error;
  if (FindError(input, &error)) {
    for (const std::string& text : {error.code, error.message, error.region, error.endpoint}) {
      Must(text.size() <= 300);
      for (const char c : text) Must(c >= ' ' && c <= '~');
    }
  }

  // What is written is read.
  std::string read;
  Must(ReadXml("<a>" + EscapeXml(input) + "</a>", [&](std::string_view, std::string_view text) {
         read = text;
         return absl::OkStatus();
       }).ok());
  Must(read == input);
  return 0;
}
