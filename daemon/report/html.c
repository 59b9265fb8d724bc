#include "report/html_page.h"
#include "report/summary.h"

/* The JSON has no `<` in it (report/json_text.h), so no frame's name can end the script. */
void report_write_html(const struct report_summary *s, FILE *out) {
	fwrite(html_page_head, 1, html_page_head_size, out);
	report_write_json(s, out);
	fwrite(html_page_tail, 1, html_page_tail_size, out);
}
