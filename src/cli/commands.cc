// The table of commands: to add one, its own file and one row here.
#include <filesystem>

#include "base/text.h"
#include "cli/command.h"

namespace likeness::cli {

const std::vector<CommandRow>& Commands() {
  static const std::vector<CommandRow> table = {
      {"import", "Take files and folders into the library; copies are found and told",
       "  likeness import ~/Pictures\n"
       "  likeness import --tags holiday,sea --on-duplicate keep beach.jpg\n"
       "  likeness import --dry-run /media/card        what would happen\n"
       "  likeness import --on-duplicate ask ~/Inbox   decide copy by copy\n"
       "  likeness import https://example.com/cat.jpg  fetched from a public address\n"
       "  likeness import --folders-as albums ~/Takeout   what Google Takeout and .xmp files say is read, too\n"
       "  likeness import --ids-from-names old/images  4711.jpg becomes picture 4711\n"
       "Ctrl-C stops cleanly; the same command again goes on.",
       MakeImport},
      {"import-meta", "Take tags, captions or sources of pictures from another gallery's file, by id",
       "  likeness import-meta tags id_tags.txt        [{\"id\": 1, \"tags\": [\"sea\"]}, ...]; added to those there\n"
       "  likeness import-meta captions id_caption.txt [{\"id\": 1, \"caption\": \"a dog\"}]; they become "
       "descriptions\n"
       "  likeness import-meta sources urls.jsonl      {\"id\": 1, \"source_url\": \"https://...\"} a line\n"
       "Exit status: 0 all taken, 1 some skipped, 2 error.",
       MakeImportMeta},
      {"album", "Albums: make, fill, share",
       "  likeness album create 'Spain, 2023'\n"
       "  likeness album create best --expression 'rating>=4' --visibility public\n"
       "  likeness album add 'Spain, 2023' 42 43\n"
       "  likeness album list\n"
       "  likeness album share 'Spain, 2023' --expires 2027-01-31T12:00:00Z\n"
       "  likeness album delete best                   the pictures stay",
       MakeAlbum},
      {"search", "Find pictures by an expression, by a picture, by one of the library, or by colour",
       "  likeness search 'winter && (forest || field), -people, width>=1920'\n"
       "  likeness search 'artist:shishkin, ~\"a snow forest\"'   what the words describe, among his\n"
       "  likeness search --image cat.jpg              the same picture, parts of it, then look-alikes\n"
       "  likeness search --image cat.jpg --by copy    copies only, cropped or mirrored ones too\n"
       "  likeness search --like 42 --by colour -k 50\n"
       "  likeness search --colour '#2266aa'",
       MakeSearch},
      {"duplicates", "Groups of copies in the library, or among files of folders without importing them",
       "  likeness duplicates                          in the library\n"
       "  likeness duplicates ~/Pictures /media/old    among files, nothing is changed\n"
       "  likeness --json duplicates ~/Pictures | jq '.groups[].members[] | select(.keep | not) | .path'",
       MakeDuplicates},
      {"compare", "What two pictures are to each other, and where their pixels differ",
       "  likeness compare a.jpg b.jpg                 verdict, similarity, difference\n"
       "  likeness compare 12 b.jpg                    a stored picture and a file; ./12 is a file called 12\n"
       "  likeness compare --pixels-only --like pixelmatch --diff out.png a.png b.png\n"
       "  likeness compare --align --diff new.png photo.jpg crop.jpg   what was added to a crop?\n"
       "  likeness compare --align --diff blink.webp --style blink photo.jpg edited.jpg\n"
       "  likeness compare --threshold 0.05 --ignore antialiasing --ignore-box 0:0:200x40 a.png b.png\n"
       "  likeness compare --like odiff approved/ current/ --report report.html\n"
       "  likeness compare --serve-stdio               {\"id\": 1, \"a\": \"a.png\", \"b\": \"b.png\"} a line\n"
       "Without --like, --threshold or --ignore every difference of a pixel counts.\n"
       "Exit status: 0 equal under the options (and of one size, unless --scale), 1 different, 2 error.",
       MakeCompare},
      {"features", "Every hash and feature of files, as JSON, one object a line",
       "  likeness features cat.jpg\n"
       "  likeness features --only phash ~/Pictures | jq -r '.phash + \" \" + .path'",
       MakeFeatures},
      {"query", "How a search expression is read",
       "  likeness query parse 'winter && (forest || field), -people'\n"
       "  likeness query parse -- '-night, width>=1920'        -- before one that begins with -\n"
       "  likeness --json query parse 'date:2023-05, sort:newest'\n"
       "Exit status: 0 read, 2 error.",
       MakeQuery},
      {"show", "All that is known about pictures of the library", "  likeness show 42\n  likeness --json show 42 43",
       MakeShow},
      {"tag", "Add and remove tags, set title, description, rating",
       "  likeness tag --add sea,holiday --remove inbox 42 43\n"
       "  likeness tag --title 'The pier' --rating 4 42\n"
       "  likeness tag                                 all tags with counts",
       MakeTag},
      {"delete", "Put pictures into the trash, take them out of it, or delete them for good",
       "  likeness delete 42 43                        into the trash\n"
       "  likeness delete --restore 42                 out of it\n"
       "  likeness delete --forever 42                 out of every place, for good",
       MakeDelete},
      {"export", "Write originals to a folder, with what is known beside each",
       "  likeness export --to ~/out 42 43\n  likeness export --to ~/out --all", MakeExport},
      {"decisions", "What was decided about copies; undo it",
       "  likeness decisions\n  likeness decisions --undo 7\n  likeness decisions --all     undone ones too",
       MakeDecisions},
      {"hashlist", "Lists of PDQ hashes that people share: import, match, export",
       "  likeness hashlist import spam spam.csv       a new list; a bad line refuses the file and is named\n"
       "  likeness hashlist import --replace spam new.json\n"
       "  likeness hashlist import --add --skip-bad spam more.csv\n"
       "  likeness hashlist list\n"
       "  likeness hashlist show spam                  its first entries\n"
       "  likeness hashlist match a.jpg ~/Inbox 42     files, folders, ids, hashes: what is on a list\n"
       "  likeness hashlist match --library            every picture that is here\n"
       "  likeness hashlist export spam spam.json      CSV or JSON, by the file's name or --format\n"
       "  likeness hashlist export --library mine.csv  the library's own hashes, no names; or of ids: mine.csv 42 43\n"
       "  likeness hashlist radius spam 24             how many of 256 bits may differ (31 by default)\n"
       "  likeness hashlist remove spam\n"
       "An import tells what is listed; likeness import --on-listed reject keeps it out.\n"
       "Exit status: 0 nothing matched, 1 something did (or lines were skipped), 2 error.",
       MakeHashList},
      {"models", "Neural networks for words, look-alikes and tags: fetch, check, choose",
       "  likeness models list\n"
       "  likeness models pull clip-vit-b-32           fetched, checked, in use if it is the first of its role\n"
       "  likeness models pull text-image-conse --from /media/models\n"
       "  likeness models pull ./my-model.json         a manifest of your own (docs/formats/model.md)\n"
       "  likeness models verify                       every file's checksum, and whether the networks fit\n"
       "  likeness models use clip-vit-b-32\n"
       "  likeness models remove clip-vit-b-32\n"
       "LIKENESS_MODELS_FROM names the mirror folder for good. A pull that was broken off goes on at the next.\n"
       "Exit status: 0 done or sound, 1 damaged, 2 error.",
       MakeModels},
      {"serve", "The gallery in the browser, and the API",
       "  likeness serve\n  likeness serve --listen 127.0.0.1:9000\n"
       "  likeness serve --listen 0.0.0.0:8080 --site-url https://photos.example     when there is an administrator\n"
       "  LIKENESS_LISTEN=127.0.0.1:0 likeness --json serve     any free port, told as JSON",
       MakeServe},
      {"user", "Accounts: who may log in, and what they may do",
       "  likeness user add --role admin ann          asks for a password; echo PASSWORD | likeness user add ... too\n"
       "  likeness user list\n"
       "  likeness user role ann moderator\n"
       "  likeness user password ann                  ends all of their sessions\n"
       "  likeness user disable ann\n"
       "  likeness user delete ann                    their pictures stay",
       MakeUser},
      {"token", "Keys for programs that use the API",
       "  likeness token add ann phone --scope read,add     prints the token, this once\n"
       "  likeness token list ann\n"
       "  likeness token remove ann 3",
       MakeToken},
      {"fsck", "Check every record and reference; repair on demand",
       "  likeness fsck\n  likeness fsck --repair\nExit status: 0 sound, 1 problems left, 2 error.", MakeFsck},
      {"rebuild", "Make indexes anew, or everything derived from the originals",
       "  likeness rebuild\n  likeness rebuild --all          thumbnails and features too\n"
       "  likeness rebuild --lost-catalog         the catalog is gone: read it from the originals' labels",
       MakeRebuild},
      {"compact", "Give back the space of deleted pictures", "  likeness compact", MakeCompact},
      {"stats", "Counts and sizes", "  likeness stats\n  likeness --json stats", MakeStats},
      {"doctor", "Versions, formats, kernels, isolation, limits, disk",
       "  likeness doctor\n  likeness --formats +heic doctor", MakeDoctor},
  };
  return table;
}

bool LooksLikeId(const std::string& word) {
  return !word.empty() && word.size() <= 18 && word.find_first_not_of("0123456789") == std::string::npos &&
         word[0] != '0';
}

Result<uint64_t> ParseId(const std::string& word) {
  if (LooksLikeId(word)) return std::stoull(word);
  return Fail(ErrorCode::kInvalidArgument, "\"" + CleanText(word, 60) + "\" is no id", "ids are whole numbers from 1");
}

std::string AbsolutePath(const std::string& path) {
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

}  // namespace likeness::cli
