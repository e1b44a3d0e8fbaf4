#include <fmt/format.h>

#include "cli/command.h"

namespace likeness::cli {
namespace {

void Print(Terminal& terminal, const Json& answer) {
  if (terminal.json()) return terminal.PrintJson(answer);
  for (const Json& user : answer["users"].items())
    terminal.Line(fmt::format("{:>5}  {:<10} {:<24} {}{}{}", user["id"].AsInt(), user["role"].AsString(),
                              user["name"].AsString(), user["email"].AsString(),
                              user["totp"].AsBool() ? "  second factor" : "",
                              user["disabled"].AsBool() ? "  disabled" : ""));
}

class User : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("verb", &verb_, {"list", "add", "role", "disable", "enable", "password", "delete"}, "What to do");
    flags.Words("words", &words_, 0, 2, "The name, or the address; for role also the new role");
    flags.Choice("--role", &role_, {"user", "uploader", "moderator", "admin"}, "add: what they may do");
    flags.Text("--email", &email_, "add: a mail address", "ADDRESS");
  }

  Result<int> Run(Session& session) override {
    if (verb_.empty()) verb_ = "list";
    Json body = Json().Set("verb", verb_);
    if (verb_ == "list") {
      if (!words_.empty()) return Fail(ErrorCode::kInvalidArgument, "list takes no name", "write likeness user list");
    } else {
      const size_t wanted = verb_ == "role" ? 2 : 1;
      if (words_.size() != wanted)
        return Fail(
            ErrorCode::kInvalidArgument, fmt::format("{} whom?", verb_),
            verb_ == "role" ? "write likeness user role NAME ROLE" : fmt::format("write likeness user {} NAME", verb_));
      body.Set("name", words_[0]);
    }
    if (verb_ == "role") body.Set("role", words_[1]);
    if (verb_ == "add") {
      body.Set("role", role_);
      if (!email_.empty()) body.Set("email", email_);
    }
    if (verb_ == "add" || verb_ == "password") {
      LK_ASSIGN(std::string password, session.terminal.AskSecret("New password: "));
      body.Set("password", std::move(password));
    }
    LK_ASSIGN(const Json answer, session.door.Call(Need::kNewLibrary, "POST", "/local/v1/users", body));
    if (verb_ == "delete" && !session.terminal.json())
      session.terminal.Note(fmt::format("{} is gone; their pictures stay.", words_[0]));
    else
      Print(session.terminal, answer);
    return kDone;
  }

 private:
  std::string verb_, role_ = "user", email_;
  std::vector<std::string> words_;
};

class Token : public Command {
 public:
  void Describe(Flags& flags) override {
    flags.Choice("verb", &verb_, {"list", "add", "remove"}, "What to do");
    flags.Words("words", &words_, 1, 2, "Whose; for add also a name, for remove the token's id");
    flags.List("--scope", &scopes_, "add: what it may do", "read,add,edit,moderate,manage");
    flags.Text("--expires", &expires_, "add: until when; without it a year", "DATE");
  }

  Result<int> Run(Session& session) override {
    if (verb_.empty()) return Fail(ErrorCode::kInvalidArgument, "token needs a verb", "one of list, add, remove");
    Json body = Json().Set("verb", verb_).Set("user", words_[0]);
    if ((verb_ == "list") != (words_.size() == 1))
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}: a name too many or too few", verb_),
                  "write likeness token list USER, token add USER NAME --scope read, or token remove USER ID");
    if (verb_ == "add") {
      Json scopes = Json::MakeArray();
      for (const std::string& scope : scopes_) scopes.Append(scope);
      body.Set("name", words_[1]).Set("scopes", std::move(scopes));
      if (!expires_.empty()) body.Set("expires_at", expires_);
    }
    if (verb_ == "remove") {
      LK_ASSIGN(const uint64_t id, ParseId(words_[1]));
      body.Set("id", id);
    }
    LK_ASSIGN(const Json answer, session.door.Call(Need::kLibrary, "POST", "/local/v1/tokens", body));
    Terminal& terminal = session.terminal;
    if (terminal.json()) {
      terminal.PrintJson(answer);
      return kDone;
    }
    for (const Json& token : answer["tokens"].items()) {
      std::string scopes;
      for (const Json& scope : token["scopes"].items()) scopes += (scopes.empty() ? "" : ",") + scope.AsString();
      if (token.Has("token"))
        terminal.Line(token["token"].AsString());
      else
        terminal.Line(fmt::format("{:>5}  {:<24} {:<24} until {}", token["id"].AsInt(), token["name"].AsString(),
                                  scopes, token["expires_at"].AsString()));
    }
    if (verb_ == "add") terminal.Note("It is shown this once. Send it as: Authorization: Bearer TOKEN");
    return kDone;
  }

 private:
  std::string verb_, expires_;
  std::vector<std::string> words_, scopes_;
};

}  // namespace

std::unique_ptr<Command> MakeUser() {
  return std::make_unique<User>();
}

std::unique_ptr<Command> MakeToken() {
  return std::make_unique<Token>();
}

}  // namespace likeness::cli
