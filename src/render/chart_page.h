// Pages made from a template.
#ifndef DOLERITE_RENDER_CHART_PAGE_H_
#define DOLERITE_RENDER_CHART_PAGE_H_

#include <string>
#include <string_view>

namespace dolerite {

// The template with each {{mark}} replaced by part(mark). Marks within parts stay as they are.
template <class Part>
std::string FillPage(std::string_view page, Part part) {
  std::string out;
  for (size_t mark; (mark = page.find("{{")) != page.npos;) {
    const size_t end = page.find("}}", mark);
    out += page.substr(0, mark);
    out += part(page.substr(mark + 2, end - mark - 2));
    page.remove_prefix(end + 2);
  }
  return out += page;
}

}  // namespace dolerite

#endif  // DOLERITE_RENDER_CHART_PAGE_H_
