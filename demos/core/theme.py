"""The gallery's Gradio theme: every colour is a token of style.css, so light and dark follow."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

STYLE = Path(__file__).with_name("style.css")

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif")
_MONO = ("ui-monospace", "Consolas", "Noto Sans Mono", "monospace")

_TOKENS = {
    "body_background_fill": "var(--paper)",
    "body_text_color": "var(--ink)",
    "body_text_color_subdued": "var(--ink-soft)",
    "background_fill_primary": "var(--surface)",
    "background_fill_secondary": "var(--paper)",
    "block_background_fill": "var(--surface)",
    "block_border_color": "var(--rule)",
    "border_color_primary": "var(--rule)",
    "block_label_text_color": "var(--ink-soft)",
    "block_label_background_fill": "transparent",
    "block_title_text_color": "var(--ink-soft)",
    "block_info_text_color": "var(--ink-soft)",
    "block_shadow": "none",
    "input_background_fill": "var(--surface)",
    "input_border_color": "var(--rule-strong)",
    "input_placeholder_color": "var(--ink-soft)",
    "checkbox_background_color_selected": "var(--accent)",
    "checkbox_border_color_selected": "var(--accent)",
    "checkbox_border_color": "var(--rule-strong)",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_selected": "var(--accent-soft)",
    "checkbox_label_background_fill_hover": "var(--accent-soft)",
    "checkbox_label_text_color_selected": "var(--ink)",
    "button_primary_background_fill": "var(--accent)",
    "button_primary_background_fill_hover": "var(--ink)",
    "button_primary_text_color": "var(--paper)",
    "button_secondary_background_fill": "transparent",
    "button_secondary_background_fill_hover": "var(--accent-soft)",
    "button_secondary_border_color": "var(--rule-strong)",
    "button_secondary_text_color": "var(--ink)",
    "color_accent_soft": "var(--accent-soft)",
    "link_text_color": "var(--accent)",
    "link_text_color_hover": "var(--ink)",
    "link_text_color_visited": "var(--accent)",
    "link_text_color_active": "var(--accent)",
}


def theme() -> gr.themes.Base:
    """One theme, no web fonts, the same tokens in light and dark."""
    base = gr.themes.Base(
        font=_SANS,
        font_mono=_MONO,
        radius_size=gr.themes.sizes.radius_sm,
        spacing_size=gr.themes.sizes.spacing_md,
        text_size=gr.themes.sizes.text_md,
    )
    known = vars(base)
    values = dict(_TOKENS, color_accent="var(--accent)", block_label_border_width="0px")
    for name, value in _TOKENS.items():
        if f"{name}_dark" in known:
            values[f"{name}_dark"] = value
    return base.set(**values)
