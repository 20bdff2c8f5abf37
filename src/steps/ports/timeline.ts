// The timeline of a person, a request or an assignment, newest first.
import type { Page, PageRequest } from '../../domain/page.js';
import type { TimelineEntry, TimelineQuestion } from '../../domain/timeline.js';

export interface TimelineViews {
  page(question: TimelineQuestion, page: PageRequest): Promise<Page<TimelineEntry>>;
  /** At most 10,000 are counted. */
  count(question: TimelineQuestion): Promise<number>;
}
