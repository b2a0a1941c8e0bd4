"""The theme of Gradio's own components: system fonts, one accent colour, quiet borders."""

import gradio as gr
from gradio.themes import Base, Color

TEAL = Color(
    "#effafa",
    "#d5f0f0",
    "#aee0e1",
    "#7ccbcd",
    "#5cc4c6",
    "#0b6e75",
    "#0a5f65",
    "#094f54",
    "#073e42",
    "#062e31",
    "#042022",
)
FONT = ("ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "DejaVu Sans", "sans-serif")
MONO = ("ui-monospace", "DejaVu Sans Mono", "Menlo", "Consolas", "monospace")


def theme() -> gr.Theme:
    """Credence's theme; nothing is loaded from another host."""
    base = Base(primary_hue=TEAL, secondary_hue=TEAL, neutral_hue="slate", font=FONT, font_mono=MONO)
    return base.set(
        body_background_fill="#fbfcfd",
        body_background_fill_dark="#10161d",
        block_background_fill="transparent",
        block_background_fill_dark="transparent",
        block_border_width="0px",
        block_info_text_color="#5a6675",
        block_info_text_color_dark="#9aa8b7",
        body_text_color_subdued="#5a6675",
        body_text_color_subdued_dark="#9aa8b7",
        input_placeholder_color="#5f6b79",
        input_placeholder_color_dark="#93a1b0",
        block_shadow="none",
        background_fill_primary_dark="#161e27",
        input_background_fill="#ffffff",
        input_background_fill_dark="#161e27",
        input_border_color="#cfd8df",
        input_border_color_dark="#2b3542",
        input_radius="12px",
        button_secondary_background_fill="transparent",
        button_secondary_background_fill_dark="transparent",
        button_secondary_border_color="#cfd8df",
        button_secondary_border_color_dark="#2b3542",
        button_border_width="1px",
    )
