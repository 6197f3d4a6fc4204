/* SPDX-License-Identifier: ISC */
#include "format/qr.h"

#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

enum { TEXT_MAX = 2000 };

/* Rows of dark modules, each run one subpath: move there, right, down, left. */
static void add_row(struct buf *out, const unsigned char *row, int side, int y)
{
    for (int x = 0; x < side;) {
        int n = 0;
        while (x + n < side && row[x + n] & 1)
            n++;
        if (n)
            buf_printf(out, "M%d %dh%dv1h-%d", x, y, n, n);
        x += n ? n : 1;
    }
}

enum status qr_path(struct buf *out, struct text text, int *ret_side)
{
    char copy[TEXT_MAX + 1];
    if (!text.n || text.n > TEXT_MAX || memchr(text.at, 0, text.n))
        return ERR_INVALID;
    memcpy(copy, text.at, text.n);
    copy[text.n] = 0;
    QRcode *code = QRcode_encodeString8bit(copy, 0, QR_ECLEVEL_M);
    wipe_bytes(copy, sizeof copy);
    if (!code)
        return ERR_INVALID;
    for (int y = 0; y < code->width; y++)
        add_row(out, code->data + y * code->width, code->width, y);
    *ret_side = code->width;
    QRcode_free(code);
    return buf_failed(out) ? ERR_FULL : OK;
}
