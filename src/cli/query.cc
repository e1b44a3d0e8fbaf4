#include <fmt/format.h>

#include "cli/command.h"
#include "cli/expression_mark.h"
#include "query/parser.h"
#include "query/printer.h"

namespace likeness::cli {
namespace {

// An operator a line, what it joins below it and further in.
void PrintTree(Terminal& terminal, const query::Node& node, const std::string& indent) {
  auto join = [&](const char* name, const query::NodePtr& first, const query::NodePtr* second) {
    terminal.Line(indent + terminal.Bold(name));
    PrintTree(terminal, *first, indent + "  ");
    if (second) PrintTree(terminal, **second, indent + "  ");
  };
  if (auto* both = std::get_if<query::And>(&node.value)) {
    join("AND", both->left, &both->right);
  } else if (auto* either = std::get_if<query::Or>(&node.value)) {
    join("OR", either->left, &either->right);
  } else if (auto* inverse = std::get_if<query::Not>(&node.value)) {
    join("NOT", inverse->child, nullptr);
  } else {
    terminal.Line(indent + query::Print(node));
  }
}

class Query : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("verb", &verb_, {"parse"}, "What to do with the expression");
    flags.Text("expression", &expression_, "The expression, in quotes; before one that begins with - write --", "EXPR");
  }

  Result<int> Run(Session& session) override {
    Terminal& terminal = session.terminal;
    if (verb_.empty())
      return Fail(ErrorCode::kInvalidArgument, "query needs a verb", "write likeness query parse 'sea, -people'");
    auto parsed = query::Parse(expression_, {.bytes_max = session.globals.limits.query_bytes_max});
    if (terminal.json()) {
      terminal.Line(parsed ? query::ToJson(*parsed) : query::ToJson(parsed.error()));
    } else if (parsed) {
      if (parsed->where) PrintTree(terminal, *parsed->where, "");
      if (parsed->sort) terminal.Line(query::Print({nullptr, parsed->sort}));
    } else {
      Error error = query::ToError(parsed.error());
      fmt::print(stderr, "{}", MarkedExpression(expression_, parsed.error().character));
      terminal.Fault(error.Text());
    }
    return parsed ? kDone : kFatal;
  }

 private:
  std::string verb_, expression_;
};

}  // namespace

std::unique_ptr<Command> MakeQuery() {
  return std::make_unique<Query>();
}

}  // namespace likeness::cli
