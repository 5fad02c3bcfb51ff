"""What the shells complete, made from the typer commands by docs/build.py. Do not edit."""
# ruff: noqa: E501

COMMON: str = "--home=@dir --ledger=@file --operator= --as-of= --format=table|json|csv|tsv|ndjson|xlsx --output=@file -o=@file --no-input --yes -y --no-color --debug --help -h"
COMMANDS: dict[str, tuple[str, str, str]] = {
    "": ("catalog letter commitment verify report ledger completion", "", ""),
    "catalog": ("list show check import versions withdraw diff export guide", "", ""),
    "catalog list": (
        "",
        "--dept=@office --method=在线核查|现场核查|免于核查|online|onsite|exempt --search=",
        "",
    ),
    "catalog show": ("", "", "@item"),
    "catalog check": (
        "",
        "--ready --dept=@office --rule= --severity=错误|警告|提示|error|warning|advice",
        "",
    ),
    "catalog import": (
        "",
        "--version= --effective= --title= --source= --same= --dept=@office --sheet= --dry-run --request-id=",
        "@file",
    ),
    "catalog versions": ("", "", ""),
    "catalog withdraw": ("", "--reason= --dry-run --request-id=", "-"),
    "catalog diff": ("", "", "- -"),
    "catalog export": ("", "--wide --of= --dept=@office", ""),
    "catalog guide": ("", "--all --dept=@office --out=@dir --dry-run --request-id=", "@item"),
    "letter": ("new blank", "", ""),
    "letter new": (
        "",
        "--item=@item --proof= --name= --id-type=居民身份证|港澳台居民居住证|外国人永久居留身份证|护照|港澳居民来往内地通行证|台湾居民来往大陆通行证|军官证|统一社会信用代码|id-card|residence-permit|foreign-resident|passport|hk-macao-pass|taiwan-pass|officer|uscc --id-number= --uscc= --contact= --phone= --address= --agent-name= --agent-id-type=居民身份证|港澳台居民居住证|外国人永久居留身份证|护照|港澳居民来往内地通行证|台湾居民来往大陆通行证|军官证|统一社会信用代码|id-card|residence-permit|foreign-resident|passport|hk-macao-pass|taiwan-pass|officer|uscc --agent-id-number= --agent-phone= --authorization= --statement= --site-address= --public-until= --no-public --consent --from=@file --out=@dir --pdf --dry-run --request-id=",
        "",
    ),
    "letter blank": ("", "--item=@item --all --dept=@office --out=@dir --dry-run --request-id=", ""),
    "commitment": ("list show history sign accept conclude", "", ""),
    "commitment list": (
        "",
        "--dept=@office --status=已制作|已签署|已受理|已办结|drawn-up|signed|accepted|concluded --since= --until= --search= --subject=",
        "",
    ),
    "commitment show": ("", "--reveal --reason=", "-"),
    "commitment history": ("", "", "-"),
    "commitment sign": ("", "--dry-run --request-id=", "-"),
    "commitment accept": ("", "--due= --assignee= --reason= --dry-run --request-id=", "-"),
    "commitment conclude": ("", "--dry-run --request-id=", "-"),
    "verify": ("due schedule close", "", ""),
    "verify due": (
        "",
        "--within= --overdue --dept=@office --method=在线核查|现场核查|免于核查|online|onsite|exempt --assignee= --exit-code",
        "",
    ),
    "verify schedule": ("", "--due= --assignee= --reason= --dry-run --request-id=", "- +"),
    "verify close": (
        "",
        "--finding=属实|不实|未履行|无法核实|true|false|unfulfilled|unverifiable --evidence= --file=@file --dry-run --request-id=",
        "-",
    ),
    "report": ("coverage", "", ""),
    "report coverage": ("", "--part=无权责清单|领域|候选 --dept=@office", ""),
    "ledger": ("init info verify", "", ""),
    "ledger init": ("", "--dry-run --request-id=", ""),
    "ledger info": ("", "", ""),
    "ledger verify": ("", "--anchor=", ""),
    "completion": ("bash zsh", "", ""),
    "completion bash": ("", "", ""),
    "completion zsh": ("", "", ""),
}
