/* The page of the HTML report, made by scripts/embed-page from report/html and d3. */
#ifndef LIVEDEBUG_REPORT_HTML_PAGE_H
#define LIVEDEBUG_REPORT_HTML_PAGE_H

#include <stddef.h>

/* What stands before the data, the report as JSON, and what stands behind it. No NUL at the end. */
extern const unsigned char html_page_head[], html_page_tail[];
extern const size_t html_page_head_size, html_page_tail_size;

#endif
