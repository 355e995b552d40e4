/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The live page, as it stands in its files. */
	.section .rodata
	.global page_html, page_html_end, page_css, page_css_end, page_js, page_js_end
	.hidden page_html, page_html_end, page_css, page_css_end, page_js, page_js_end
page_html:
	.incbin "user/report/page.html"
page_html_end:
page_css:
	.incbin "user/report/page.css"
page_css_end:
page_js:
	.incbin "user/report/page_words.js"
	.incbin "user/report/page.js"
page_js_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
