// The look-alikes that are drawn with letters and lines: documents, screens, charts, codes, logos. `common` is the same
// for all pictures of a set and draws what they share (letterhead, tool bars, axes), `own` draws what is different.
#pragma once

#include <opencv2/core.hpp>

#include "copies/pen.h"

namespace likeness::bench {

cv::Mat DrawLetter(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawScan(Pen& pen, cv::RNG& common, cv::RNG& own);  // a letter, a little turned, on a grey ground, with grain
cv::Mat DrawInvoice(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawForm(Pen& pen, cv::RNG& common, cv::RNG& own);  // the same printed labels, other entries
cv::Mat DrawChat(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawTable(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawMap(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawTerminal(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawBars(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawLines(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawSquareCode(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawBarCode(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawLogo(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawCard(Pen& pen, cv::RNG& common, cv::RNG& own);
cv::Mat DrawMeme(Pen& pen, cv::RNG& own, const cv::Mat& photo);

}  // namespace likeness::bench
