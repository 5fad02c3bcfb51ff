"""``gaozhi letter``: its commands, each in a file of its own."""

from gaozhi_cli.cli.commands import Command, WritingCommand, command_app
from gaozhi_cli.cli.letter_batch import EXAMPLES as BATCH_EXAMPLES
from gaozhi_cli.cli.letter_batch import batch
from gaozhi_cli.cli.letter_blank import EXAMPLES as BLANK_EXAMPLES
from gaozhi_cli.cli.letter_blank import blank
from gaozhi_cli.cli.letter_check_template import EXAMPLES as CHECK_EXAMPLES
from gaozhi_cli.cli.letter_check_template import check_template
from gaozhi_cli.cli.letter_document import EXAMPLES as DOCUMENT_EXAMPLES
from gaozhi_cli.cli.letter_document import document
from gaozhi_cli.cli.letter_new import EXAMPLES as NEW_EXAMPLES
from gaozhi_cli.cli.letter_new import new
from gaozhi_cli.cli.letter_pdf import EXAMPLES as PDF_EXAMPLES
from gaozhi_cli.cli.letter_pdf import pdf
from gaozhi_cli.cli.letter_print import EXAMPLES as PRINT_EXAMPLES
from gaozhi_cli.cli.letter_print import print_
from gaozhi_cli.cli.letter_verify import SHOW_EXAMPLES, TELL_EXAMPLES, VERIFY_EXAMPLES, show, tell, verify

app = command_app("告知承诺书和其他文书：填写、批量、打印、校验")

app.command("new", cls=WritingCommand, epilog=NEW_EXAMPLES)(new)
app.command("batch", cls=WritingCommand, epilog=BATCH_EXAMPLES)(batch)
app.command("show", cls=Command, epilog=SHOW_EXAMPLES)(show)
app.command("tell", cls=WritingCommand, epilog=TELL_EXAMPLES)(tell)
app.command("pdf", cls=WritingCommand, epilog=PDF_EXAMPLES)(pdf)
app.command("print", cls=WritingCommand, epilog=PRINT_EXAMPLES)(print_)
app.command("verify", cls=Command, epilog=VERIFY_EXAMPLES)(verify)
app.command("document", cls=WritingCommand, epilog=DOCUMENT_EXAMPLES)(document)
app.command("blank", cls=WritingCommand, epilog=BLANK_EXAMPLES)(blank)
app.command("check-template", cls=Command, epilog=CHECK_EXAMPLES)(check_template)
